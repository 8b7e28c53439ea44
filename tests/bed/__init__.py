# SPDX-License-Identifier: BSD-2-Clause
"""The test-bed: real name and mail servers on loopback, described in Python.

zone      what a zone holds and what is wrong with it
tree      zones together: files, keys, DS records, knot.conf
knot      runs knotd over a tree
server    the base of our own small servers, all in one thread
fakes     servers that fail: silent, SERVFAIL, REFUSED, garbage, closing TCP
proxy     servers in front of knotd: meddling, delaying, counting rounds
bed       all of it started and stopped together
features  the tree of the integration tests
generate  any number of generated domains, with the expected outcome of each
certs     certificates and authorities, made with OpenSSL
smtp      SMTP servers with TLS and any fault (smtp_channel, _session, _faults)
network   ports below 1024, if need be in a namespace
ask       libunbound, to prove that a bed is what it says

serve, serve_domains, serve_smtp and serve_https start one for trying by hand.
"""

from .bed import Bed

__all__ = ["Bed"]

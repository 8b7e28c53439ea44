# SPDX-License-Identifier: BSD-2-Clause
"""All that may be wrong with a policy host of the bed, by name.

FAULTS[name].says tells what a client meets, FAULTS[name].good whether it gets the policy for all that.
"""

import gzip

from . import tls_flood
from .https_session import chunked, head, reply

MOST = 65536  # octets of a policy (RULES STS-3)
BLOCK = 16384
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m"
CHUNKED = ("Transfer-Encoding", "chunked")


class Fault:
    """says      what a client meets
    good        it gets the policy
    cert        function of (certs, name): the certificate
    tls         "1.1", "1.2" or "1.3": this version and no other
    unanswered  connections are not even accepted by the kernel
    steps       as in https_session
    """

    def __init__(self, says, good=False, cert=None, tls=None, unanswered=False, **steps):
        self.says = says
        self.good = good
        self.cert = cert or (lambda certs, name: certs.leaf(name))
        self.tls = tls
        self.unanswered = unanswered
        self.steps = steps


def zone(name):
    return name.partition(".")[2]


# Certificates

def named(*patterns):
    """Not the host's name; {zone} is what is above it."""
    def make(certs, name):
        names = [pattern.format(name=name, zone=zone(name), above=zone(zone(name)))
                 for pattern in patterns]
        return certs.leaf(name, names=names)
    return make


def leaf(*arguments, **options):
    return lambda certs, name: certs.leaf(name, *arguments, **options)


# Actions

def silent(session):
    session.channel.drain()


def reset(session):
    session.channel.reset()


def close(session):
    session.channel.close()


def octets(make):
    """The reply is what make(session) returns."""
    return make


def fixed(data):
    return lambda session: data


def cut(make):
    """FIN with no close_notify behind what make(session) returns."""
    def act(session):
        session.channel.send(make(session))
        session.channel.truncate()
    return act


def reset_after(make):
    def act(session):
        session.channel.send(make(session))
        session.channel.reset()
    return act


def then_silent(make):
    def act(session):
        session.channel.send(make(session))
        session.channel.drain()
    return act


def held(session):
    """Half of it, and the other half when the server is released."""
    whole = session.usual()
    session.channel.send(whole[:len(whole) // 2])
    session.server.released.wait()
    return whole[len(whole) // 2:]


def endless(begin, block, slow=False):
    """begin, and then block again and again; slow: an octet at a time."""
    def act(session):
        session.channel.send(begin)
        sent = 0
        while session.server.flood is None or sent < session.server.flood:
            session.channel.send(block)
            sent += len(block)
            if slow:
                session.channel.wait(session.server.drip_s)
        session.channel.drain()
    return act


def redirect(session):
    return reply(b"moved", "302 Found", ("Location", session.server.location))


def status(line, body=b"version: STSv1\r\n"):
    return lambda session: reply(body, line)


def typed(content_type, *fields):
    return lambda session: reply(session.server.policy, "200 OK", *fields,
                                 content_type=content_type)


def plain_http(session):
    session.channel.send_raw(reply(session.server.policy))
    session.channel.truncate()


def compressed(session):
    return reply(gzip.compress(session.server.policy), "200 OK", ("Content-Encoding", "gzip"))


def compressed_transfer(session):
    return head("200 OK", ("Transfer-Encoding", "gzip, chunked")) + \
        chunked(gzip.compress(session.server.policy))


def in_chunks(*trailers):
    return lambda session: head("200 OK", CHUNKED) + chunked(session.server.policy, *trailers)


def unframed(session):
    return head("200 OK", ("Connection", "close")) + session.server.policy


def half(session):
    whole = session.usual()
    return whole[:-len(session.server.policy) // 2]


def padded(size):
    """A policy of so many octets: a field that is not known is passed over (RFC 8461, 3.2)."""
    return lambda session: session.server.policy + b"x: " + \
        b"y" * (size - len(session.server.policy) - 5) + b"\r\n"


def with_length(size):
    return lambda session: reply(padded(size)(session))


def with_chunks(size):
    return lambda session: head("200 OK", CHUNKED) + chunked(padded(size)(session), size=4000)


def with_end(size):
    return lambda session: head("200 OK", ("Connection", "close")) + padded(size)(session)


def twice_typed(session):
    return reply(session.server.policy, "200 OK", ("Content-Type", "text/html"))


FAULTS = {
    "none": Fault("the policy", good=True),
    "held": Fault("half the policy; the rest when it is released", good=True, reply=held),
    # TCP
    "unanswered": Fault("no answer to SYN", unanswered=True),
    "silent_at_accept": Fault("a connection, and silence", accept=silent),
    "reset_at_accept": Fault("a reset as soon as it is connected", accept=reset),
    "close_at_accept": Fault("the end as soon as it is connected", accept=close),
    # TLS
    "silent_at_handshake": Fault("silence after ClientHello", handshake=silent),
    "reset_at_handshake": Fault("a reset after ClientHello", handshake=reset),
    "close_at_handshake": Fault("the end after ClientHello", handshake=close),
    "plain_http": Fault("HTTP without TLS", handshake=plain_http),
    "tls11_only": Fault("no TLS above 1.1", tls="1.1"),
    "tls12_only": Fault("no TLS but 1.2", good=True, tls="1.2"),
    "tls13_only": Fault("no TLS but 1.3", good=True, tls="1.3"),
    "key_updates": Fault("TLS records without data for ever", reply=tls_flood.never,
                         accept=tls_flood.key_updates),
    # Certificates
    "wrong_name": Fault("a certificate for another name", cert=named("other.{zone}")),
    "unknown_ca": Fault("a certificate of a stranger", cert=leaf(issuer="other")),
    "self_signed": Fault("a certificate that signed itself", cert=leaf(issuer="self")),
    "cn_only": Fault("a certificate with the name as common name only", cert=leaf(names=[])),
    "expired": Fault("a certificate that expired yesterday", cert=leaf(-1)),
    "not_yet_valid": Fault("a certificate from tomorrow on", cert=leaf(not_before=1)),
    "partial_wildcard": Fault("a certificate for m*.ZONE", cert=named("m*.{zone}")),
    "high_wildcard": Fault("a wildcard two labels above", cert=named("*.{above}")),
    "address_name": Fault("a certificate for addresses", cert=named("IP:127.0.44.1")),
    "wildcard": Fault("a certificate for *.ZONE", good=True, cert=named("*.{zone}")),
    "second_name": Fault("the name after another", good=True, cert=named("a.test", "{name}")),
    # HTTP
    "silent_at_reply": Fault("silence after the request", reply=silent),
    "reset_at_reply": Fault("a reset after the request", reply=reset),
    "close_at_reply": Fault("the end after the request", reply=close),
    "redirect": Fault("302 to server.location", reply=redirect),
    "status_204": Fault("204", reply=fixed(head("204 No Content"))),
    "status_206": Fault("206", reply=status("206 Partial Content")),
    "status_301_silent": Fault("301 and a body that does not come",
                               reply=then_silent(fixed(head("301 Moved", ("Content-Length", 9))))),
    "status_404": Fault("404", reply=status("404 Not Found")),
    "status_500": Fault("500", reply=status("500 Oops")),
    "switching": Fault("101", reply=then_silent(fixed(head("101 Switching Protocols")))),
    "http09": Fault("a policy with no header", reply=octets(lambda session: session.server.policy)),
    "http10": Fault("HTTP/1.0", good=True,
                    reply=octets(lambda session: reply(session.server.policy,
                                                       version="HTTP/1.0"))),
    "http2": Fault("HTTP/2 which nobody asked for", reply=fixed(b"\0\0\x06\x04\0\0\0\0\0" * 20)),
    "escapes": Fault("control characters wherever they fit",
                     reply=octets(lambda session: reply(b"x", f"200 {ESCAPES}",
                                                        content_type=f"text/html{ESCAPES}"))),
    "hints": Fault("103 and the policy", good=True,
                   reply=octets(lambda session: head("103 Early Hints", ("Content-Type", "a/b"),
                                                     content_type=None) + session.usual())),
    "endless_continue": Fault("100 again and again",
                              reply=endless(b"", head("100 Continue", content_type=None) * 100)),
    "slow_continue": Fault("100 again and again, slowly",
                           reply=endless(b"", head("100 Continue", content_type=None), slow=True)),
    "header_flood": Fault("a header that does not end",
                          reply=endless(b"HTTP/1.1 200 OK\r\n", b"X-Long: yes and no\r\n" * 500)),
    "header_line": Fault("a line of a header that does not end",
                         reply=endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * BLOCK)),
    "status_line": Fault("a status line that does not end",
                         reply=endless(b"HTTP/1.1 200 ", b"x" * BLOCK)),
    # Types
    "wrong_type": Fault("text/html", reply=typed("text/html")),
    "longer_type": Fault("text/plainer", reply=typed("text/plainer")),
    "no_type": Fault("no content type", reply=typed(None)),
    "two_types": Fault("two content types", reply=twice_typed),
    "type_parameters": Fault("Text/PLAIN with parameters", good=True,
                             reply=typed("Text/PLAIN ; charset=utf-8")),
    "gzip": Fault("a policy that is compressed", reply=compressed),
    "transfer_gzip": Fault("a policy that is compressed on its way", reply=compressed_transfer),
    # Bodies
    "chunked": Fault("a policy in chunks", good=True, reply=in_chunks()),
    "trailers": Fault("a policy in chunks, and fields behind it", good=True,
                      reply=in_chunks(b"Content-Type: text/html", b"X: y")),
    "unframed": Fault("a policy that ends with the connection", good=True, reply=unframed),
    "truncated": Fault("the end in the middle of a policy with a length", reply=octets(half)),
    "truncated_tls": Fault("the same with no close_notify", reply=cut(half)),
    "cut": Fault("a policy without a length, and no close_notify", reply=cut(unframed)),
    "cut_chunks": Fault("the end before the last chunk",
                        reply=cut(lambda session: in_chunks()(session)[:-5])),
    "bad_chunks": Fault("no number where a chunk's is due",
                        reply=fixed(head("200 OK", CHUNKED) + b"what\r\n")),
    "reset_in_body": Fault("a reset in the middle of a policy", reply=reset_after(half)),
    "silent_in_body": Fault("silence in the middle of a policy", reply=then_silent(half)),
    "empty": Fault("200 and nothing", reply=fixed(reply(b"")), good=True),
    "largest": Fault("64 KiB", good=True, reply=with_length(MOST)),
    "largest_chunked": Fault("64 KiB in chunks", good=True, reply=with_chunks(MOST)),
    "too_large": Fault("64 KiB and an octet", reply=with_length(MOST + 1)),
    "too_large_chunked": Fault("64 KiB and an octet in chunks", reply=with_chunks(MOST + 1)),
    "too_large_unframed": Fault("64 KiB and an octet with no length", reply=with_end(MOST + 1)),
    "huge_length": Fault("a length of 2^62", reply=then_silent(fixed(
        head("200 OK", ("Content-Length", 1 << 62))))),
    "flood": Fault("a policy that does not end",
                   reply=endless(head("200 OK", ("Connection", "close")), b"y" * BLOCK)),
    "drip": Fault("a policy that does not end, slowly",
                  reply=endless(head("200 OK", ("Connection", "close")), b"y", slow=True)),
    "drip_header": Fault("a header that does not end, slowly",
                         reply=endless(b"HTTP/1.1 200 OK\r\nX: ", b"y", slow=True)),
}

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the corpora of the fuzz targets: small, and one entry for each thing worth changing.

make_corpus.py          writes corpus/TARGET/NAME anew
make_corpus.py --check  says what differs from the files; a test runs it
"""

import json
import pathlib
import struct
import sys

sys.dont_write_bytecode = True

from corpus_scan import compare_lines, csvs, lists, members

HERE = pathlib.Path(__file__).resolve().parent / "corpus"

A, NS, CNAME, SOA, MX, TXT, AAAA, SRV, RRSIG, TLSA = 1, 2, 5, 6, 15, 16, 28, 33, 46, 52
# The order of the types in fuzz_answer.c.
KINDS = [A, AAAA, CNAME, MX, SRV, TXT, TLSA, NS]

# Index in the registry of options, as the options stand there.
OPTIONS = ["trust-anchor", "dnssec", "dane", "sts", "sts-timeout", "sts-ca-file", "state-dir",
           "upstream", "stub", "zone", "srv", "srv-label",
           "srv-null", "srv-error", "srv-fallback", "ports-insecure", "ports-secure", "family",
           "prefer", "allow-networks", "deny-networks", "nat64-prefixes", "own-names",
           "own-addresses", "own-ports", "single-label", "deadline-ms",
           "delivery-attempts", "delivery-deadline-ms", "backoff", "max-questions", "cache-size",
           "cache-max-ttl", "limit-key", "records", "outgoing-range", "qname-minimisation",
           "dns-cache"]


def name(text):
    labels = [label for label in text.encode("latin-1").split(b".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def pointer(target):
    return struct.pack("!H", 0xC000 | target)


QUESTION = 12  # where the name of the question begins


def record(kind, rdata, owner=pointer(QUESTION), ttl=300):
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(rdata)) + rdata


def packet(kind, answers=(), authorities=(), flags=0x8180):
    head = struct.pack("!HHHHHH", 1, flags, 1, len(answers), len(authorities), 0)
    question = name("a.example") + struct.pack("!HH", kind, 1)
    return head + question + b"".join(answers) + b"".join(authorities)


def srv(priority, weight, port, target, **more):
    return record(SRV, struct.pack("!HHH", priority, weight, port) + name(target), **more)


def mx(preference, exchange, **more):
    return record(MX, struct.pack("!H", preference) + name(exchange), **more)


def tlsa(usage, selector, mtype, data, **more):
    return record(TLSA, bytes([usage, selector, mtype]) + data, **more)


# An Ed25519 key, and a self-signed certificate with it: TLSA may hold either as a whole.
KEY = bytes.fromhex(
    "302a300506032b6570032100f43802eb69092648d7220d84fae92ca75d151f860a5400078a81a32846e8c942")
CERTIFICATE = bytes.fromhex(
    "3081c23076020101300506032b6570300d310b300906035504030c026d783020170d323631313233303932333235"
    "5a180f32313236313033303039323332355a300d310b300906035504030c026d78302a300506032b6570032100f4"
    "3802eb69092648d7220d84fae92ca75d151f860a5400078a81a32846e8c942300506032b6570034100082ff0e9a4"
    "57dc75060db7eda88cb73e566fbfde3c8ca1239cb1530da6836920c23263cab367ac3fe6eb2f6e243fa2c6182918"
    "2f3c916bda3d512709422ff104")


def rrsig(covered, labels, **more):
    rdata = struct.pack("!HBBIIIH", covered, 13, labels, 300, 2 ** 31, 2 ** 30, 1)
    return record(RRSIG, rdata + name("example") + b"signature", **more)


def soa(ttl=300, minimum=60):
    return record(SOA, name("ns.example") + name("root.example") +
                  struct.pack("!IIIII", 1, 2, 3, 4, minimum), name("example"), ttl)


# Choices of security, whose other bits are settings.
SECURE, BOGUS, INSECURE = b"\2\0", b"\1\0", b"\0\0"

CHAIN = [record(CNAME, name("b.example")), record(CNAME, name("c.example"), name("b.example"))]


def entry(kind, data, choice=SECURE):
    """An entry of the answer target: kind, choice of security and settings, packet."""
    return bytes([KINDS.index(kind)]) + choice + data


def answers():
    """Entries of the answer target, of every type."""
    yield "a", entry(A, packet(A, [record(A, bytes([192, 0, 2, i])) for i in range(10)]))
    yield "a-public", entry(A, packet(A, [record(A, bytes([198, 41, 0, i])) for i in range(12)]))
    yield "a-chain", entry(A, packet(A, CHAIN + [record(A, b"\xc6\x29\0\1", name("c.example"))]))
    yield "a-loop", entry(A, packet(A, CHAIN + [record(CNAME, pointer(QUESTION),
                                                       name("c.example"))]))
    yield "a-nodata", entry(A, packet(A, [], [soa()]))
    yield "a-nxdomain", entry(A, packet(A, CHAIN, [soa(2 ** 31, 5)], 0x8183))
    yield "a-servfail", entry(A, packet(A, [], [], 0x8182))
    yield "a-truncated", entry(A, packet(A, [record(A, b"\xc6\x29\0\1")], [], 0x8380), BOGUS)
    yield "aaaa", entry(AAAA, packet(AAAA, [record(AAAA, bytes(10) + b"\xff\xff\x7f\0\0\1"),
                                            record(AAAA, b"\x26\x06\x47" + bytes(12) + b"\1")]))
    yield "cname", entry(CNAME, packet(CNAME, [record(CNAME, b"\1b" + pointer(QUESTION + 2)),
                                               rrsig(CNAME, 1)]))
    yield "mx", entry(MX, packet(MX, [mx(10, "m1.example"), mx(10, "m2.example"),
                                      mx(20, "a.example"), mx(0, "192.0.2.1")]), INSECURE)
    yield "mx-null", entry(MX, packet(MX, [mx(0, ".")]))
    yield "mx-forty", entry(MX, packet(MX, [mx(i % 3, "m%d.example" % i) for i in range(40)]))
    yield "mx-u-label", entry(MX, packet(MX, [mx(1, "b\xc3\xbccher.example"),
                                              mx(2, "b\xff.example")]))
    yield "srv", entry(SRV, packet(SRV, [srv(10, 60, 25, "s1.example"),
                                         srv(10, 40, 2525, "s1.example"),
                                         srv(20, 0, 25, "s2.example"),
                                         srv(20, 65535, 465, "-bad.example")]))
    yield "srv-insecure", entry(SRV, packet(SRV, [srv(1, 1, 25, "s.example")]), INSECURE)
    yield "srv-null", entry(SRV, packet(SRV, [srv(0, 0, 0, ".")]))
    yield "srv-wildcard", entry(SRV, packet(SRV, [srv(0, 0, 0, "."), rrsig(SRV, 1)]))
    yield "srv-repeats", entry(SRV, packet(SRV, [srv(1, 65535, 25, "s.example")] * 3 +
                                           [srv(2, 1, 25, "s.example")]))
    yield "txt", entry(TXT, packet(TXT, [record(TXT, b"\x08v=STSv1;\x07 id=1;\0\0")]))
    yield "tlsa", entry(TLSA, packet(TLSA, [record(TLSA, b"\3\1\1" + bytes(range(32))),
                                            record(TLSA, b"\2\0\0")]))
    yield "ns", entry(NS, packet(NS, [record(NS, name("ns%d.example" % (i % 70)))
                                      for i in range(80)]))
    yield "ns-alias", entry(NS, packet(NS, CHAIN + [record(NS, b"\0", name("c.example"))]), INSECURE)
    yield "ns-of-the-zone-above", entry(NS, packet(NS, [], [soa()]))
    yield "ns-of-the-root", entry(NS, packet(NS, [], [record(SOA, bytes(22), b"\0")], 0x8183))
    yield "ns-soa-cut", entry(NS, packet(NS, [], [record(SOA, bytes(21))]))
    yield "mx-at-the-deadline", entry(MX, packet(MX, [mx(10, "m1.example"), mx(20, "m2.example")]),
                                      b"\x80\0")
    yield from dane_answers()


def dane_answers():
    """Entries of the answer target, of TLSA and what decides whether it counts."""
    digest = bytes(range(32))
    yield "tlsa-unsigned", entry(TLSA, packet(TLSA, [tlsa(3, 1, 1, digest)]), INSECURE)
    yield "tlsa-bogus", entry(TLSA, packet(TLSA, [tlsa(3, 1, 1, digest)]), BOGUS)
    yield "tlsa-nodata", entry(TLSA, packet(TLSA, [], [soa()]))
    yield "tlsa-nxdomain", entry(TLSA, packet(TLSA, [], [soa()], 0x8183))
    yield "tlsa-servfail", entry(TLSA, packet(TLSA, [], [], 0x8182))
    yield "tlsa-alias", entry(TLSA, packet(TLSA, CHAIN + [tlsa(2, 0, 2, bytes(64),
                                                               owner=name("c.example"))]))
    yield "tlsa-unusable", entry(TLSA, packet(TLSA, [tlsa(0, 1, 1, digest), tlsa(3, 2, 1, digest),
                                                     tlsa(3, 1, 3, digest), tlsa(3, 1, 2, digest),
                                                     tlsa(3, 1, 0, digest), tlsa(2, 0, 0, b"")]))
    yield "tlsa-whole", entry(TLSA, packet(TLSA, [tlsa(2, 0, 0, CERTIFICATE),
                                                  tlsa(3, 1, 0, KEY)]))
    yield "tlsa-agility", entry(TLSA, packet(TLSA, [tlsa(3, 1, 1, digest), tlsa(3, 1, 2, bytes(64)),
                                                    tlsa(2, 1, 1, digest)]))
    yield "tlsa-forty", entry(TLSA, packet(TLSA, [tlsa(3 - i % 4, 1, 1, bytes([i]) * 32)
                                                  for i in range(40)]))
    yield "tlsa-forty-weaker", entry(TLSA, packet(TLSA, [tlsa(3, 1, 2, bytes(64))] +
                                                  [tlsa(3, 1, 1, bytes([i]) * 32)
                                                   for i in range(39)]))
    yield "tlsa-second-base", entry(TLSA, packet(TLSA, [], [soa()]), b"\x0e\0")
    yield "tlsa-behind-alias", entry(TLSA, packet(TLSA, [tlsa(3, 1, 1, digest)]), b"\x29\0")
    yield "cname-unsigned", entry(CNAME, packet(CNAME, [record(CNAME, name("b.example"))]), INSECURE)
    yield "cname-bogus", entry(CNAME, packet(CNAME, [record(CNAME, name("b.example"))]), BOGUS)


def dnames():
    def entry(at, data):
        return struct.pack("!H", at) + data

    yield "plain", entry(0, name("www.Example.ORG"))
    yield "root", entry(0, b"\0")
    yield "pointer", entry(9, name("example") + b"\3www" + pointer(0))
    yield "chain", entry(13, b"\1a\1b\0\1c" + pointer(2) + b"\1d" + pointer(5) + b"\1e" +
                         pointer(9))
    yield "loop", entry(0, b"\1a" + pointer(4) + b"\1b" + pointer(0))
    yield "forward", entry(0, pointer(2) + b"\1a\0")
    yield "longest", entry(0, (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0")
    yield "labels", entry(0, b"\1x" * 127 + b"\0")
    yield "octets", entry(0, b"\5a.\\ \xff\3\0\1\2\0")
    yield "reserved", entry(0, b"\x41a\0")


def name_texts():
    for i, text in enumerate(["example.org", "example.org.", ".", "_smtp._tcp.a-b.example",
                              "a..b", "192.0.2.1", "[192.0.2.1]", "2001:db8::1",
                              "*.\\032.\x01\xff b", ("a" * 63 + ".") * 3 + "b" * 61,
                              "x." * 126 + "x", "1", "-a-.b"]):
        yield "%02d" % i, text.encode("latin-1")


def domains():
    texts = ["example.org", "EXAMPLE.org.", "localhost", "b\u00fccher.example",
             "bu\u0308cher.example", "fa\u00df.example", "\u0915\u094d\u200d\u0937.example",
             "a\u200db.example", "\u05d0\u05d1.example", "a\u00adb.example", "\u2603.example",
             "\uff11\uff12.example", "xn--bcher-kva.\u00fc", "[192.0.2.1]", "[IPv6:2001:db8::1]",
             "[IPv6:::ffff:192.0.2.1]", "[", "[]", "[192.0.2.1", "1.2.3.4", "a b.example",
             "a\x01\n.example", "_a.example", "-a.example", "a" * 64 + ".example",
             ".".join(["\u00fc" * 20] * 8), "\u3002.\u3002", "\u4f8b\u3048\u3002jp"]
    for i, text in enumerate(texts):
        yield "%02d" % i, bytes([i % 2]) + text.encode()
    for i, data in enumerate([b"\xc3", b"a\xff.example", b"\xed\xa0\x80.example",
                              b"\xf4\x90\x80\x80.b"]):
        yield "bytes-%d" % i, b"\0" + data
    for i, text in enumerate(["b\u00fccher.example", "mx.example", "a\u200db.b", "\u00fc.ab--c"]):
        yield "wire-%d" % i, b"\2" + name(text.encode().decode("latin-1"))
    yield "wire-dot", b"\2\4\xc3\xbc.a\1b\0"


def options():
    values = {
        "trust-anchor": ["/usr/share/dns/root.key,/a b", "\"", ""],
        "dnssec": ["require"],
        "dane": ["require", "off"],
        "sts": ["off"],
        "sts-timeout": ["60", "0"],
        "sts-ca-file": ["/etc/ssl/certs/ca-certificates.crt", "", "\""],
        "state-dir": ["/var/lib/nextmx", "a\x01"],
        "upstream": ["192.0.2.53@5353, resolv.conf", "2001:db8::1"],
        "stub": ["example.org=192.0.2.1@53,.=::1"],
        "zone": ["example.org=/tmp/zone=1,.=root"],
        "srv": ["secure"],
        "srv-label": ["_smtp", "a.b"],
        "srv-null": ["ignore"],
        "srv-error": ["defer"],
        "srv-fallback": ["absent"],
        "ports-insecure": ["25"],
        "ports-secure": ["25, 465,1024-65535", "1-0"],
        "family": ["4"],
        "prefer": ["any"],
        "allow-networks": ["127.0.0.0/8,::1,10.0.0.0/8"],
        "deny-networks": ["192.0.2.0/24 , 2001:db8::/32"],
        "nat64-prefixes": ["2001:db8:64::/96"],
        "own-names": ["mx.example.org.,_a.b", "1.2"],
        "own-addresses": ["192.0.2.1,2001:db8::1"],
        "own-ports": ["25,,26"],
        "single-label": ["Yes"],
        "deadline-ms": ["3600000"],
        "delivery-attempts": ["3"],
        "delivery-deadline-ms": ["86400000"],
        "backoff": ["no"],
        "max-questions": ["100001"],
        "cache-size": ["4294967295"],
        "cache-max-ttl": ["0"],
        "limit-key": ["\x01key\xff,"],
        "records": ["yes"],
        "outgoing-range": ["16"],
        "qname-minimisation": ["off"],
        "dns-cache": ["large"],
    }
    for index, option in enumerate(OPTIONS):
        for i, value in enumerate(values[option]):
            yield "%s-%d" % (option, i), bytes([index]) + value.encode("latin-1")


def networks():
    for i, text in enumerate(["192.0.2.0/24", "192.0.2.1", "0.0.0.0/0", "255.255.255.255/32",
                              "192.0.2.1/24", "::/0", "2001:db8::/32", "::ffff:192.0.2.0/120",
                              "64:ff9b::/96", "fe80::1%eth0", "1.2.3", "2001:db8::1/129",
                              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "/", "1.2.3.4/+1"]):
        yield "%02d" % i, text.encode()


def replies():
    """Two octets that say how the rest is split, and a reply."""
    texts = [b"220 mx ESMTP\r\n", b"250\n", b"220-a\r\n220-b\n220 c\r\nmore",
             b"250-mx\r\n250-STARTTLS\r\n250 SIZE 1\r\n", b"250-mx\r\n250 starttls x\r\n",
             b"250-STARTTLS\r\n250 STARTTLSX\r\n", b"250-a\r\n251 b\r\n", b"250\rx\r\n",
             b"250 a\0\x1b[2J\xff\r\r\n", b"199 a\r\n", b"\x16\x03\x01\0", b"250-a\r\n250\r",
             b"250 " + b"x" * 2044 + b"\n", b"250 " + b"x" * 2044 + b"\r\n",
             b"250-a\n" * 127 + b"250 b\n", b"250-a\r\n" * 128 + b"250 b\r\n"]
    for i, text in enumerate(texts):
        yield "%02d" % i, bytes([i * 7, 255 - i]) + text


def sts_records():
    """TXT records, with line feeds between them."""
    texts = ["v=STSv1; id=20160831085700Z;", "v=STSv1;id=1", "v=STSv1 \t ;\tid=1 ; a-b_c.d=!:<>~;",
             "v=STSv1", "v=STSv1;", "v=STSv2; id=1", "v=spf1 -all\nv=STSv1; id=1\nx",
             "v=STSv1; id=1\nv=STSv1; id=1", "v=STSv1; id=" + "a" * 32, "v=STSv1; id=" + "a" * 33,
             "v=STSv1; id=1; id=2", "v=STSv1; id=-; id=2", "v=STSv1; id=1; a=b=c; a; =b;;",
             "v=STSv1; id=b\u00fc", "v=STSv1; " + "a" * 33 + "=1; id=1\0", ""]
    for i, text in enumerate(texts):
        yield "%02d" % i, text.encode()


def sts_policies():
    fields = ["version: STSv1", "mode: enforce", "mx: mail.example.com", "mx: *.example.net",
              "max_age: 604800"]
    good = "\n".join(fields) + "\n"
    yield "lf", b"\0" + good.encode()
    yield "crlf", b"\0" + good.replace("\n", "\r\n").encode()
    yield "none", b"\0version:STSv1\nmode:none\nmax_age:0"
    yield "testing", b"\0" + good.replace("enforce", "testing").encode()
    yield "duplicates", b"\0" + (good + good.replace("enforce", "none")).encode()
    yield "blanks", b"\0" + good.replace(":", " \t:\t ").replace("\n", " \n\n").encode()
    yield "extension", b"\0" + (good + "x-y_z.1: a b\u00fc\n# c\n:\n").encode()
    yield "max-age", b"\0" + good.replace("604800", "9999999999").encode()
    yield "mark", b"\0\xef\xbb\xbf" + good.encode()
    yield "u-labels", b"\0" + (good + "mx: *.b\u00fccher.example.\nmx: com\n").encode()
    yield "bad-mx", b"\0" + (good + "mx: *\nmx: a.*.b\nmx: 192.0.2.1\nmx:\nmx: a, b\n").encode()
    yield "many-mx", b"\0" + (good + "mx: *.a\n" * 300).encode()
    for i, octets in enumerate([b"\0", b"\r", b"\x7f", b"\x80", b"\xc0\x80", b"\xed\xa0\x80",
                                b"\xf0\x90\x80\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]):
        yield "octets-%d" % i, b"\0" + good.encode() + b"x: a" + octets + b"b\n"
    for i, (pattern, host) in enumerate([
            ("mail.example.com", "MAIL.example.com."), ("*.example.com", "a.example.com"),
            ("*.example.com", "a.b.example.com"), ("*.example.com", "example.com"),
            ("*.b\u00fccher.example", "mx.xn--bcher-kva.example"), ("*", "a"), ("*.", ""),
            ("a*.b", "ab.b"), ("com", "com"), ("192.0.2.1", "192.0.2.1"),
            ("*." + "a" * 63 + ".b", "c." + "a" * 63 + ".b")]):
        yield "match-%02d" % i, b"\1" + (pattern + "\n" + host).encode()


def inis():
    """Texts of nextmxd.conf."""
    daemon = "[daemon]\npass-domains = none\n"
    yield "all", (daemon.replace("none", "example.org, .Example.org., a_b.c-d") +
                  "socketmap = inet:127.0.0.1:8461, inet:[::1]:8461\nsocketmap = unix:/run/a:666\n"
                  "http = inet:192.0.2.1:80\nallow-remote = yes\nworkers = cores\nuser = mx\n"
                  "deadline-ms = 100\nanswer = srv\nslot-seconds = 3600\nclass-may = smtp\n"
                  "class-sec = a.b-c_d\nmemory-mb = 0\nconnections = 16\nidle-seconds = 1\n"
                  "quarantine-seconds = 86400\nlog = syslog\nlog-level = debug\n"
                  "log-why = x.example\n").encode()
    yield "least", daemon.encode()
    yield "crlf", daemon.replace("\n", "\r\n").encode()
    yield "mark", b"\xef\xbb\xbf" + daemon.encode()
    yield "resolver", (daemon + "[resolver]\nsrv = off\nstub = a.b=192.0.2.1\nstub=.=::1@53\n"
                       "state-dir =\nlimit-key = b\u00fc # ;\n").encode()
    for i, text in enumerate(["a = b", "[daemon", "[]", "[ resolver ]\nx", "[daemon]\n= 1", "# \0",
                              "[daemon]\nsrv = off", "[resolver]\nworkers = 1", "; a\n\n\t# b"]):
        yield "odd-%d" % i, text.encode()
    for i, line in enumerate(["http = none\nsocketmap = none", "workers = 65", "workers = 4 # four",
                              "http = unix:/" + "a" * 107, "http = inet:[::ffff:127.0.0.1]:1",
                              "http = inet:0.0.0.0:1", "http = unix:/a, unix:/a:600", "http = ,",
                              "log-why = a,,b", "log-why = none, a", "log-why = 1.2.3.4, *.a",
                              "user = root", "class-sts = error", "log = syslog\nlog = stderr",
                              "log-why = " + "a." * 126 + "a", "x" * 4096]):
        yield "line-%02d" % i, (daemon + line + "\n").encode()
    for i, octets in enumerate([b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x1b[2J", b"\0"]):
        yield "octets-%d" % i, daemon.encode() + b"user = " + octets


def http_paths():
    for i, target in enumerate([
            "/healthz", "/metrics?x=1", "/v1/route/example.org", "/v1/route/", "/v1/route/a/b", "/",
            "/v1/route/EXAMPLE.org.?seed=9007199254740991&why=0&queries=1"]):
        yield "target-%d" % i, b"\0" + target.encode()
    for i, domain in enumerate([
            "example.org.", "b%C3%BCcher.example", "b\u00fccher.example", "%5B192.0.2.1%5d", "a%2Eb.",
            "%", "%4", "%zz", "a%00", "a%7f", "a" * 255, "a" * 255 + ".", "%61" * 256, ".", "..",
            "a?seed=0", "a?seed=1&seed=2", "a?why=1&queries=0", "a?why=2", "a?x=y&", "a?&=", "a+b"]):
        yield "domain-%02d" % i, b"\1" + domain.encode()
    for i, host in enumerate(["localhost", "LOCALHOST:8462", "127.0.0.1", "127.0.0.1:65535",
                              "[::1]", "[2001:db8::1]:80", "[::ffff:192.0.2.1]", "evil.example",
                              "127.0.0.1.evil.example", "[::1", "[]", ":80", "localhost.", "::1"]):
        yield "host-%02d" % i, b"\2" + host.encode()


def via_replies():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    for i, reply in enumerate([
            head + b"Content-Length: 2\r\n\r\n{}", head + b"content-length:\t2 \r\n\r\n{}more",
            head + b"\r\n{}", chunked + b"2\r\n{}\r\n0\r\n\r\n",
            chunked + b"1;x=y\r\n{\r\n01\r\n}\r\n0\r\nX: y\r\n\r\nmore", chunked + b"0\r\n\r\n",
            chunked + b"5\r\n{}\r\n", chunked + b"2\r\n{}x\r\n", chunked + b"g\r\n",
            chunked + b"100001\r\n", chunked + b"FFFFFFFFFFFFFFFFFF\r\n", chunked + b";\r\n",
            head + b"Content-Length: 1048577\r\n\r\n", head + b"Content-Length: 1048576\r\n\r\n",
            head + b"Content-Length: 99999999999999999999999\r\n\r\n",
            head + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            head + b"Content-Length: -1\r\n\r\n", head + b"Content-Length:\r\n\r\n",
            head + b"Transfer-Encoding: gzip\r\n\r\n", b"HTTP/1.0 503 \r\n\r\n{}",
            b"HTTP/1.1 404\r\nRetry-After: 5\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 999 x\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 200 OK\n\n{}",
            head + b": x\r\n\r\n", head + b"a b: x\r\n\r\n", head + b" folded\r\n\r\n",
            head + b"a\0b: x\r\n\r\n", b"220 mail ESMTP\r\n", b""]):
        yield "%02d" % i, reply


def encodings():
    """Kind (bracketed, plain, reason, status), a port of three octets, and a text."""
    hosts = ["a.example", "_25._tcp.a-b.example", "a" * 63 + ".example", "a" * 64 + ".example",
             ".".join(["a" * 63] * 3 + ["a" * 61]), ".".join(["a" * 63] * 3 + ["a" * 62]),
             "a..example", "a.example.", "-a.example", "a-.example", "192.0.2.1", "127.0x1", "0x",
             "a.1", "*", "a b", "[a]", "a:25", "b\u00fccher.example", "a\n.example", ""]
    ports = [0, 1, 25, 65535, 65536, 70000]
    for i, host in enumerate(hosts):
        port = ports[i % len(ports)] if i >= 2 * len(ports) else 25
        yield "host-%02d" % i, bytes([i % 2]) + struct.pack("!I", port)[1:] + host.encode()
    for i, port in enumerate(ports):
        yield "port-%d" % i, bytes([i % 2]) + struct.pack("!I", port)[1:] + b"a.example"
    for i, text in enumerate(["no such domain (MX-3)", "", "  a \t b ", "${run{/bin/sh}}",
                              'a "b" \\n', "a\r\n250 b", "a " * 150, "b\u00fccher \x7f"]):
        yield "reason-%d" % i, b"\2\0\0\x19" + text.encode()
    for i, text in enumerate(["5.1.10", "4.4.3", "4.0.0", "2.0.0", "4.04.3", "4.1234.3", "4.4",
                              "4.4.3 a", "5.999.999"]):
        yield "status-%d" % i, b"\3\0\0" + bytes([ord(text[0]) % 2 == 0]) + text.encode()


def netstrings():
    """An octet, the most that is taken, and what has arrived."""
    texts = [b"5:hello,", b"0:,", b"0:,3:a,b,", b"5:hell", b"05:hello,", b"-1:,", b"99:", b"5hello,",
             b"5:hello;", b"18446744073709551616:", b"64:" + b"a" * 64 + b",", b":", b"3:\0\xff\n,"]
    for i, text in enumerate(texts):
        yield "%02d" % i, b"\x40" + text


def keys():
    texts = [b"route user@example.org", b"route User+ext@EXAMPLE.org.", b"route *", b"route ",
             b"route", b"exim \"a@b\"@example.org", b"exim user@[192.0.2.1]", b"exim .example.org",
             b"exim-class @a.example,@b.example:user@example.org", b"exim-class example.org..",
             b"tls-sec [mx.example.org]:2525", b"tls-sec [mx.example.org]", b"tls-sec [a]:65536",
             b"tls-sts [192.0.2.1]:25", b"tls-sts [a.]:1", b"tls-sts [::1]:25", b"routes a@b.c",
             b"route a@b\xc3\xbccher.example", b"route a@" + b"a." * 126 + b"a",
             b"route a@" + b"a." * 127 + b"a", b"route a@b\0c.d"]
    for i, text in enumerate(texts):
        yield "%02d" % i, text


TARGETS = {"answer": answers, "compare_line": compare_lines, "csv": csvs, "dname": dnames,
           "domain": domains, "encode": encodings, "http_path": http_paths, "ini": inis,
           "key": keys, "list": lists, "members": members, "name_text": name_texts,
           "netstring": netstrings, "network": networks, "option": options, "reply": replies,
           "sts_policy": sts_policies, "sts_record": sts_records, "via_reply": via_replies}


def main():
    wanted = {HERE / target / entry: data
              for target, entries in TARGETS.items() for entry, data in entries()}
    present = {path: path.read_bytes() for path in HERE.glob("*/*")}
    if "--check" in sys.argv[1:]:
        different = [path for path in wanted if present.get(path) != wanted[path]]
        different += [path for path in present
                      if path not in wanted and not path.name.startswith("found-")]
        for path in sorted(different):
            print("%s: not as tests/fuzz/make_corpus.py makes it" % path.relative_to(HERE.parent))
        return 1 if different else 0
    for path, data in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for path in present:  # what a fuzzer found is kept as found-...
        if path not in wanted and not path.name.startswith("found-"):
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())

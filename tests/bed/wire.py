# SPDX-License-Identifier: BSD-2-Clause
"""As much of the DNS message format as the servers of the bed need."""

import struct

NOERROR, SERVFAIL, REFUSED = 0, 2, 5
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV",
         43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 52: "TLSA"}
CODES = {name: code for code, name in TYPES.items()}

QR, AA, TC, RD = 0x8000, 0x0400, 0x0200, 0x0100


class Malformed(Exception):
    pass


def encode_name(name):
    labels = [label.encode() for label in name.strip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_query(name, rrtype, ident=1):
    return struct.pack("!6H", ident, 0, 1, 0, 0, 0) + encode_name(name) + \
        struct.pack("!2H", CODES[rrtype], 1)


def question_end(message):
    """Offset behind the question section of a query."""
    at = 12
    while True:
        if at >= len(message):
            raise Malformed("the question is cut off")
        length = message[at]
        at += 1
        if length == 0:
            break
        if length > 63:
            raise Malformed("a compressed question")
        at += length
    if at + 4 > len(message):
        raise Malformed("the question is cut off")
    return at + 4


def question(message):
    """(name, type) of a query: lower case, no final dot."""
    if len(message) < 12 or message[4:6] != b"\0\1":
        raise Malformed("not one question")
    end = question_end(message)
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
        at += 1 + message[at]
    code = struct.unpack_from("!H", message, end - 4)[0]
    return ".".join(labels), TYPES.get(code, f"TYPE{code}")


def empty_reply(query, rcode=NOERROR, flags=0):
    """A reply with the question and nothing else."""
    ident, asked = struct.unpack_from("!2H", query)
    head = struct.pack("!6H", ident, QR | (asked & RD) | flags | rcode, 1, 0, 0, 0)
    return head + query[12:question_end(query)]


def rcode(message):
    return message[3] & 15


def is_authoritative(message):
    return bool(struct.unpack_from("!H", message, 2)[0] & AA)


def answer_count(message):
    return struct.unpack_from("!H", message, 6)[0]

# SPDX-License-Identifier: BSD-2-Clause
"""The corpora of scan and compare, for make_corpus.py."""

import json


def compare_lines():
    host = {"stage": "srv", "priority": 1, "weight": 5, "share": 0.6, "host": "a.example",
            "port": 2525, "security": "secure", "tls": "dane"}
    other = {**host, "stage": "mx", "share": 1, "host": "[IPv6:2001:db8::1]", "port": 25, "tls": "may"}
    srv = {"rcode": "NOERROR", "security": "secure", "records": [
        {"priority": 1, "weight": 5, "port": 2525, "target": "a.example"},
        {"priority": 2, "weight": 0, "port": 25, "target": "b.example"},
        {"priority": 0, "weight": 0, "port": 0, "target": "."}]}
    mx = {"rcode": "NOERROR", "security": "insecure",
          "records": [{"preference": 1, "exchange": "b.example"}]}
    line = {"schema": "nextmx.route/1", "domain": "d.example", "outcome": "deliverable",
            "status": "2.0.0", "source": "srv", "sts": {"mode": "testing"}, "hosts": [host, other],
            "dropped": [{"code": "port-zero"}], "records": {"srv": srv, "mx": mx},
            "without_srv": {"outcome": "deliverable", "hosts": [other]}}
    failed = {"rcode": "TIMEOUT", "security": "indeterminate", "records": []}
    bogus = {"rcode": "SERVFAIL", "security": "bogus", "records": []}
    none = {"rcode": "NXDOMAIN", "security": "secure", "records": []}
    refused = {**line, "outcome": "reject", "status": "5.1.2", "source": "none", "sts": None,
               "hosts": [], "without_srv": None}
    lines = [line, {**line, "without_srv": None}, {**line, "input": "D.EXAMPLE\\\"\x1b"},
             {**line, "hosts": [{**host, "share": 0.3333335}] * 3}, refused,
             {**refused, "records": {"srv": failed, "mx": bogus}, "without_srv": refused},
             {**refused, "records": {"srv": none, "mx": none}},
             {**refused, "records": {"srv": None, "mx": None}},
             {**refused, "domain": "", "input": "x", "error": "longer than a name"}]
    for i, one in enumerate(lines):
        yield "%02d" % i, json.dumps(one, separators=(",", ":")).encode()


def members():
    """Lines of a scan, and what is nearly one."""
    line = (b'{"schema":"nextmx.route/1","domain":"b\xc3\xbccher.example","ttl":300,"seed":null,'
            b'"plan":[{"host":"a.example","port":25,"tlsa":[]}],"ms":-1.5e+3,"input":"B\\u00dc",'
            b'"ok":true}')
    yield "line", line + b"\n"
    yield "cut", line[:-40]
    for i, text in enumerate([
            b"{}", b" { } \r\n", b"[]", b'{"a":{"a":{}},"b":[[],[{}]]}', b'{"a":1,"a":2}',
            b'{"":"\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83d\\ude00"}', b'{"a":"\\ud800"}', b'{"a":"\xff"}',
            b'{"a":"\n"}', b'{"a":01}', b'{"a":1.}', b'{"a":1e5,"b":0.5,"c":-0,"d":1E-5}',
            b'{"a":[1,]}', b'{"a":1,}', b'{"a":nul}', b'{"a":[}]}', b'{"a":1}{}', b'{"a":1}\0',
            b'{"a":' + b"[" * 64 + b"1" + b"]" * 64 + b"}",
            b'{"a":' + b'{"a":' * 65 + b"1" + b"}" * 65 + b"}"]):
        yield "text-%02d" % i, text


def csvs():
    """A row after a zero octet; fields between zero octets after a one."""
    for i, row in enumerate([b"a,b,c", b'"a","b"', b' "a""b" ,c', b'"a,b"\t,', b'"', b'"a"b', b",,",
                             b'"a', b'a"b,c', b'""', b'"""",""', b"\xff\0,\r"]):
        yield "row-%02d" % i, b"\0" + row
    for i, fields in enumerate([b"a\0b", b'"\0,\0""', b"", b"\0\0", b" a \0\t"]):
        yield "fields-%d" % i, b"\1" + fields


def lists():
    """Kind (a line each, column 2, column "domain"), and a list."""
    for i, text in enumerate([
            b"a.example\nB.example.\r\n\n  c \n", b"\xef\xbb\xbfa\nb", b"\xef\xbb", b"a\0b\nc\n\0",
            b"b\xc3\xbccher.example\nm\xfcller\n\xef\xbf\xbd\n\xed\xa0\x80", b'q"\\.example\n',
            b"x" * 300 + b"\0", b"a" + b"\xc3\xbc" * 200 + b"\0\n"]):
        yield "lines-%d" % i, b"\0" + text
    for i, text in enumerate([b"x,a\ny,b\n", b'x,"a"\n"x,\n', b"x\n,\nx,a,b\n", b'x,a,"\ny"\n',
                              b'\xef\xbb\xbf"x""",  "a" \r\n', b"x,a,\0\n"]):
        yield "column-%d" % i, b"\1" + text
        yield "name-%d" % i, b"\2x,domain\n" + text
    for i, header in enumerate([b'"domain"\na\n', b"Domain\na\n", b"\ndomain\n", b"domain", b""]):
        yield "header-%d" % i, b"\2" + header

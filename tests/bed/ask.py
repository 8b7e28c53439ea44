# SPDX-License-Identifier: BSD-2-Clause
"""Asks a bed through libunbound itself, to prove that the bed is what it says.

Not a model for a program: it is the blocking API, one question at a time.
"""

import collections
import ctypes
import os
import tempfile

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
         "DS": 43, "DNSKEY": 48, "TLSA": 52}

Answer = collections.namedtuple("Answer", "rcode data security why")


class _Result(ctypes.Structure):
    _fields_ = [("qname", ctypes.c_char_p), ("qtype", ctypes.c_int), ("qclass", ctypes.c_int),
                ("data", ctypes.POINTER(ctypes.c_void_p)), ("len", ctypes.POINTER(ctypes.c_int)),
                ("canonname", ctypes.c_char_p), ("rcode", ctypes.c_int),
                ("answer_packet", ctypes.c_void_p), ("answer_len", ctypes.c_int),
                ("havedata", ctypes.c_int), ("nxdomain", ctypes.c_int),
                ("secure", ctypes.c_int), ("bogus", ctypes.c_int),
                ("why_bogus", ctypes.c_char_p), ("was_ratelimited", ctypes.c_int),
                ("ttl", ctypes.c_int)]


def _library():
    lib = ctypes.CDLL("libunbound.so.8")
    lib.ub_ctx_create.restype = ctypes.c_void_p
    lib.ub_ctx_delete.argtypes = [ctypes.c_void_p]
    lib.ub_ctx_delete.restype = None
    lib.ub_strerror.restype = ctypes.c_char_p
    for name in ("ub_ctx_add_ta_file", "ub_ctx_config", "ub_ctx_zone_remove"):
        getattr(lib, name).argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lib.ub_ctx_set_option.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    lib.ub_ctx_set_stub.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p,
                                    ctypes.c_int]
    lib.ub_resolve.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int,
                               ctypes.POINTER(ctypes.POINTER(_Result))]
    lib.ub_resolve_free.argtypes = [ctypes.POINTER(_Result)]
    lib.ub_resolve_free.restype = None
    return lib


class Asker:
    """One libunbound context; stubs are (zone, "address@port") pairs."""

    # Fewer repeats: a silent server is to be given up in seconds.
    OPTIONS = (("module-config:", "validator iterator"), ("do-not-query-localhost:", "no"),
               ("outbound-msg-retry:", "2"), ("infra-cache-max-rtt:", "1000"))

    def __init__(self, anchor, stubs=(), zones=()):
        self._lib = _library()
        self._ctx = self._lib.ub_ctx_create()
        for name, value in self.OPTIONS:
            self._check(self._lib.ub_ctx_set_option(self._ctx, name.encode(), value.encode()))
        self._check(self._lib.ub_ctx_add_ta_file(self._ctx, os.fsencode(anchor)))
        for zone, address in stubs:
            self._check(self._lib.ub_ctx_set_stub(self._ctx, zone.encode(), address.encode(), 0))
        if zones:
            self._configure(zones)
        # They would be answered by libunbound itself, without any server.
        for name in ("test.", "invalid.", "onion.", "localhost."):
            self._check(self._lib.ub_ctx_zone_remove(self._ctx, name.encode()))

    def _configure(self, zones):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            for name, path in zones:
                conf.write(f'auth-zone:\n name: "{name}"\n zonefile: "{path}"\n'
                           " for-downstream: no\n for-upstream: yes\n fallback-enabled: no\n")
            conf.flush()
            self._check(self._lib.ub_ctx_config(self._ctx, conf.name.encode()))

    def _check(self, code):
        if code:
            raise OSError(self._lib.ub_strerror(code).decode())

    def ask(self, name, rrtype):
        result = ctypes.POINTER(_Result)()
        self._check(self._lib.ub_resolve(self._ctx, name.encode(), TYPES[rrtype], 1,
                                         ctypes.byref(result)))
        r = result.contents
        data = []
        while r.data and r.data[len(data)]:
            n = len(data)
            data.append(ctypes.string_at(r.data[n], r.len[n]))
        security = "secure" if r.secure else "bogus" if r.bogus else "insecure"
        answer = Answer(r.rcode, data, security, (r.why_bogus or b"").decode())
        self._lib.ub_resolve_free(result)
        return answer

    def close(self):
        self._lib.ub_ctx_delete(self._ctx)
        self._ctx = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

# SPDX-License-Identifier: BSD-2-Clause
"""A TLS 1.3 server that sends records without data, which Python's ssl cannot: OpenSSL by ctypes."""

import ctypes
import ctypes.util
import os
import threading

from .smtp_channel import Ended

PEM = 1
KEY_UPDATE_NOT_REQUESTED = 0
_loaded = threading.Lock()
_libraries = []


def library():
    with _loaded:
        if not _libraries:
            lib = ctypes.CDLL(ctypes.util.find_library("ssl") or "libssl.so.3")
            for name in ("TLS_server_method", "SSL_CTX_new", "SSL_new"):
                getattr(lib, name).restype = ctypes.c_void_p
            _libraries.append(lib)
        return _libraries[0]


def key_updates(session):
    """Instead of everything: a handshake, one read of the request, and the flood."""
    lib = library()
    pointer = ctypes.c_void_p
    context = pointer(lib.SSL_CTX_new(pointer(lib.TLS_server_method())))
    cert = session.server.cert
    lib.SSL_CTX_use_certificate_chain_file(context, os.fsencode(cert.chain_file))
    lib.SSL_CTX_use_PrivateKey_file(context, os.fsencode(cert.key_file), PEM)
    tls = pointer(lib.SSL_new(context))
    try:
        lib.SSL_set_fd(tls, session.channel.fileno())
        if lib.SSL_accept(tls) == 1:
            session.record.tls = "TLSv1.3"
            lib.SSL_read(tls, ctypes.create_string_buffer(4096), 4096)
            while lib.SSL_key_update(tls, KEY_UPDATE_NOT_REQUESTED) == 1 and \
                    lib.SSL_do_handshake(tls) == 1:
                session.record.sent += 1
    finally:
        lib.SSL_free(tls)
        lib.SSL_CTX_free(context)
    session.channel.close()


def never(_session):
    """The usual reply is not to be had."""
    raise Ended

# SPDX-License-Identifier: BSD-2-Clause
"""In nextmxd's place, for the bed's own test: a socketmap server that answers a fixed table in the
forms of daemon/answer.h.

    StandIn({"a.s.test": Hosts("nx-sec", ("mx1.s.test", 2525)),
             "null.s.test": Reject("5.1.10", "null MX"),
             "slow.s.test": Defer("4.4.3", "later")},
            {("mx1.s.test", 2525): "dane"})

Domains that are not in it get NOTFOUND. A value may be a function that makes the value. The second
table holds what a host demands: dane, encrypt, may; who is not in it gets TEMP.
"""

import collections
import re
import socketserver
import threading

from .socketmap import netstring

ADDRESS = ("127.0.0.1", 8461)
Defer = collections.namedtuple("Defer", "status reason")
Reject = collections.namedtuple("Reject", "status reason")
Raw = collections.namedtuple("Raw", "octets")  # instead of the reply, as it is


class Hosts:
    def __init__(self, name, *hosts):
        self.name = name
        self.hosts = hosts


def route(answer):
    if answer is None:
        return "NOTFOUND "
    if isinstance(answer, Hosts):
        return f"OK {answer.name}:" + ", ".join(f"[{host}]:{port}" for host, port in answer.hosts)
    word = "retry" if isinstance(answer, Defer) else "error"
    return f"OK {word}:{answer.status} {answer.reason}"


def exim_class(answer):
    if answer is None:
        return "NOTFOUND "
    if isinstance(answer, Hosts):
        hosts = ";".join(f"{host}:{port}" for host, port in answer.hosts)
        return f"OK class={answer.name} hosts=<;{hosts}"
    word = "defer" if isinstance(answer, Defer) else "fail"
    return f'OK class={word} status={answer.status} text="{answer.reason}"'


def tls_sec(_host, demand):
    return {"dane": "OK dane-only", "encrypt": "OK encrypt", "may": "OK may"}.get(
        demand, "TEMP the host cannot be judged")


def tls_sts(host, demand):
    if demand == "dane":
        return "OK dane-only"
    if demand in ("encrypt", "may"):
        return f"OK secure match={host} servername=hostname"
    return "TEMP the host cannot be judged"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while (request := self._request()) is not None:
                self.wfile.write(self.server.owner.answer(request))
        except (ValueError, OSError):
            pass  # it hears no more from us

    def _request(self):
        size = b""
        while (octet := self.rfile.read(1)) != b":":
            if not octet:
                return None
            size += octet
        text = self.rfile.read(int(size) + 1)
        return text[:-1].decode("utf-8", "replace") if text[-1:] == b"," else None


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class StandIn:
    """questions   all requests so far, as text"""

    def __init__(self, domains, hosts=None):
        self.domains = domains
        self.hosts = hosts or {}
        self.questions = []
        self._server = None

    def answer(self, request):
        self.questions.append(request)
        kind, _, key = request.partition(" ")
        if kind in ("route", "exim-class"):
            found = self.domains.get(key.rpartition("@")[2].lower())
            found = found() if callable(found) else found
            if isinstance(found, Raw):
                return found.octets
            return netstring(route(found) if kind == "route" else exim_class(found))
        match = re.fullmatch(r"\[(.+)\]:(\d+)", key)
        if kind in ("tls-sec", "tls-sts") and match:
            demand = self.hosts.get((match[1], int(match[2])))
            return netstring((tls_sec if kind == "tls-sec" else tls_sts)(match[1], demand))
        return netstring("PERM no such map")

    def start(self):
        self._server = Server(ADDRESS, Handler)
        self._server.owner = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

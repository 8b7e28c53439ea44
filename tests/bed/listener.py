# SPDX-License-Identifier: BSD-2-Clause
"""What TCP servers of the bed share: they are started and stopped, and their clients counted.

One thread for each server and each connection: for hundreds of clients at once, not for tens of
thousands.
"""

import ipaddress
import socket
import threading

from .smtp_channel import Channel, Record

BACKLOG = 512


class Listener:
    """A server; serve() is to be overridden.

    records     one Record for each connection there ever was
    most        the most connections that were open at once
    """

    def __init__(self, address, port):
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"{address} is not loopback")
        self.address = address
        self.port = port
        self.records = []
        self.most = 0
        self._listener = self._acceptor = None
        self._open = {}  # Channel -> its thread
        self._changed = threading.Condition()
        self._stopping = False

    def serve(self, channel):
        """One connection, in a thread of its own; ended by smtp_channel.Ended or by returning."""

    def new_record(self, peer):
        return Record(peer)

    def listen(self, backlog=BACKLOG):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((self.address, self.port))
            self._listener.listen(backlog)
        except OSError:
            self._listener.close()
            raise
        self.port = self._listener.getsockname()[1]

    def start(self):
        self.listen()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def stop(self):
        """Ends everything; twice is once."""
        if not self._acceptor:
            return
        self._stopping = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._acceptor.join()
        self._acceptor = None
        self._listener.close()
        with self._changed:
            left = dict(self._open)
        for channel in left:
            channel.stop()
        for thread in left.values():
            thread.join()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def count(self):
        """Connections there ever were."""
        return len(self.records)

    @property
    def open(self):
        """Connections there are now."""
        return len(self._open)

    def wait_for(self, condition, patience=5):
        """Until condition() holds, asked whenever a connection comes or ends; False if it was not
        to be."""
        with self._changed:
            return self._changed.wait_for(condition, patience)

    def wait_idle(self, count=1, patience=5):
        """Until at least count connections came and all are over."""
        return self.wait_for(lambda: self.count >= count and not self._open, patience)

    def _accept(self):
        while not self._stopping:
            try:
                sock, peer = self._listener.accept()
            except OSError:
                continue  # a client gone already, or stop()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel = Channel(sock, self.new_record(peer))
            thread = threading.Thread(target=self._serve, args=(channel,), daemon=True)
            with self._changed:
                self.records.append(channel.record)
                self._open[channel] = thread
                self.most = max(self.most, len(self._open))
                self._changed.notify_all()
            thread.start()

    def _serve(self, channel):
        try:
            self.serve(channel)
        finally:
            channel.dispose()
            with self._changed:
                del self._open[channel]
                self._changed.notify_all()

# SPDX-License-Identifier: BSD-2-Clause
"""A real nextmxd for a test, in the foreground, with a configuration of its own."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

from .process import free_port, spawn
from .socketmap import Client


class Nextmxd:
    """settings  lines of [resolver], as a bed's options: ["--stub", "test=...", ...]
    daemon    lines of [daemon] by name, "_" for "-"; a list is repeated
    env       beside the environment
    """

    def __init__(self, program, settings, env=None, **daemon):
        self.program = program
        self.directory = tempfile.mkdtemp(prefix="nextmxd-")
        os.chmod(self.directory, 0o755)
        self.port = free_port()
        self.config = os.path.join(self.directory, "nextmxd.conf")
        self.log_file = os.path.join(self.directory, "log")
        self.http = os.path.join(self.directory, "http")
        self.settings = list(zip(settings[::2], settings[1::2]))
        self.daemon = {"socketmap": f"inet:127.0.0.1:{self.port}",
                       "http": f"unix:{self.http}", "workers": 2, "pass_domains": "none",
                       "user": "nobody" if os.geteuid() == 0 else None, "log": "stderr"}
        self.daemon.update(daemon)
        self.env = {**os.environ, **(env or {})}
        self.process = None
        self._notify = None

    def write_config(self):
        lines = ["[resolver]"]
        lines += [f"{name.lstrip('-')} = {value}" for name, value in self.settings]
        lines.append("[daemon]")
        for name, values in self.daemon.items():
            for value in values if isinstance(values, list) else [values]:
                if value is not None:
                    lines.append(f"{name.replace('_', '-')} = {value}")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        self.write_config()
        path = os.path.join(self.directory, "notify")
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(path)
        with open(self.log_file, "ab") as log:
            self.process = spawn([self.program, "-f", "-c", self.config], stdout=log, stderr=log,
                                 env={**self.env, "NOTIFY_SOCKET": path})
        self.wait_notified("READY=1")
        return self

    def wait_notified(self, word, patience=60):
        """Until the daemon says so; an error with its log if it ends or is silent."""
        until = time.monotonic() + patience
        self._notify.settimeout(0.1)
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if word in self._notify.recv(4096).decode():
                    return
            except socket.timeout:
                pass
        raise RuntimeError(f"nextmxd never said {word}:\n{self.log}")

    @property
    def log(self):
        with open(self.log_file, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def wait_log(self, pattern, n=1, patience=60):
        """Until the pattern stands n times in the log."""
        until = time.monotonic() + patience
        while len(re.findall(pattern, self.log)) < n:
            if time.monotonic() > until:
                raise RuntimeError(f"{pattern} is not in the log {n} times:\n{self.log}")
            time.sleep(0.02)

    @property
    def workers(self):
        """Their process ids."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]

    def client(self, patience=30):
        return Client(self.port, patience)

    def ask(self, map_name, key):
        with self.client() as client:
            return client.ask(map_name, key)

    def get(self, path):
        """(status, body) over the unix socket."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(self.http)
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                         "Connection: close\r\n\r\n".encode())
            reply = b""
            while octets := sock.recv(65536):
                reply += octets
        head, _, body = reply.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def route(self, domain, query=""):
        return self.get(f"/v1/route/{urllib.parse.quote(domain)}{query}")

    def metrics(self):
        """{"name{labels}": value}"""
        lines = self.get("/metrics")[1].splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in lines if line and not line.startswith("#")}

    def metric(self, name):
        """The sum of its series."""
        return sum(value for series, value in self.metrics().items()
                   if series.partition("{")[0] == name)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self, patience=30):
        """The exit status."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._notify:
            self._notify.close()
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

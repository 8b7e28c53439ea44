# SPDX-License-Identifier: BSD-2-Clause
"""What an SMTP server says, step by step, and where another may be said instead (RFC 5321, 3207).

The steps, in the order in which a client meets them:

    greeting   the connection is there
    ehlo       EHLO in the clear
    helo       HELO, in the clear or not
    starttls   STARTTLS
    handshake  220 was sent; or at once, with implicit TLS
    ehlo_tls   EHLO over TLS
    mail, rcpt, data
    message    the dot at the end of the data
    quit

What stands for a step in the server's `steps` is done instead of the usual:

    "450 4.2.1 later"   this line is sent
    b"..."              these octets are sent
    function(session)   it is called; it returns a line, octets, or None for the usual. It may end
                        the connection: see smtp_faults

A 2xx or 3xx in place of the usual counts as the usual; after a 421 the server closes.
"""

import collections

from .smtp_channel import Ended

STEPS = ("greeting", "ehlo", "helo", "starttls", "handshake", "ehlo_tls", "mail", "rcpt", "data",
         "message", "quit")

Message = collections.namedtuple("Message", "sender recipients data tls")


def in_turn(*actions):
    """The first action the first time, and so on; the usual when they are used up:
    steps={"rcpt": in_turn("450 4.2.1 greylisted")}"""
    left = collections.deque(actions)

    def act(session):
        try:
            action = left.popleft()
        except IndexError:
            return None
        return action(session) if callable(action) else action
    return act


def octets(reply):
    return reply.encode() + b"\r\n" if isinstance(reply, str) else reply


class Session:
    """One connection: channel, server, and in `argument` what stood behind the command."""

    def __init__(self, server, channel):
        self.server = server
        self.channel = channel
        self.record = channel.record
        self.argument = ""
        self._refused = False
        self._sender = None
        self._recipients = []

    def run(self):
        try:
            if self.server.implicit:
                self._secure()
            self._refused = not self._step("greeting", f"220 {self.server.name} ESMTP")
            while True:
                self._obey(self._line())
        except Ended:
            pass

    def _line(self):
        line = self.channel.line()
        text = line.rstrip(b"\r\n").decode("latin-1")
        (self.record.tls_commands if self.channel.is_tls else self.record.commands).append(text)
        return text

    def _obey(self, line):
        verb, _, self.argument = line.partition(" ")
        known = self.VERBS.get(verb.upper())
        if verb.upper() == "QUIT":
            self._quit()
        elif self._refused:
            self._say("503 5.5.1 no service here")
        elif known:
            known(self)
        else:
            self._say("500 5.5.2 what?")

    def _say(self, reply):
        self.channel.send(octets(reply))

    def _step(self, name, usual, when_good=None):
        """True if the client may go on. when_good() is called before it knows: who reads the
        answer may look at once at what came of it."""
        action = self.server.steps.get(name)
        if callable(action):
            action = action(self)
        reply = octets(usual if action is None else action)
        good = reply[:1] in (b"2", b"3")
        if good and when_good:
            when_good()
        self.channel.send(reply)
        if reply.startswith(b"421"):
            self.channel.finish()
        return good

    def _secure(self):
        """The handshake, with no command before it or behind STARTTLS."""
        self.channel.expect_hello()
        action = self.server.steps.get("handshake")
        if callable(action):
            action = action(self)
        if action is not None:
            self.channel.await_hello()
            self.channel.send(octets(action))
        self.channel.start_tls(self.server.context)

    # The verbs

    def _ehlo(self):
        self._reset()
        offered = list(self.server.extensions)
        if self.server.cert and not self.channel.is_tls:
            offered.append("STARTTLS")
        self._step("ehlo_tls" if self.channel.is_tls else "ehlo",
                   ehlo_reply(self.server.name, offered))

    def _helo(self):
        self._reset()
        self._step("helo", f"250 {self.server.name}")

    def _starttls(self):
        if self.channel.is_tls or not self.server.cert:
            self._say("503 5.5.1 no TLS here")
        elif self._step("starttls", "220 2.0.0 go ahead"):
            self._secure()
            self._reset()

    def _mail(self):
        if self._sender is not None:
            self._say("503 5.5.1 one at a time")
        elif self._step("mail", "250 2.1.0 ok"):
            self._sender = path(self.argument)

    def _rcpt(self):
        if self._sender is None:
            self._say("503 5.5.1 MAIL first")
        elif self._step("rcpt", "250 2.1.5 ok"):
            self._recipients.append(path(self.argument))

    def _data(self):
        if not self._recipients:
            self._say("503 5.5.1 RCPT first")
        elif self._step("data", "354 go ahead"):
            lines = []
            while (line := self.channel.line()) != b".\r\n":
                lines.append(line[1:] if line.startswith(b".") else line)
            message = Message(self._sender, tuple(self._recipients), b"".join(lines),
                              self.record.tls)
            self._reset()
            self._step("message", "250 2.0.0 taken",
                       lambda: self.server.messages.append(message))

    def _rset(self):
        self._reset()
        self._say("250 2.0.0 ok")

    def _noop(self):
        self._say("250 2.0.0 ok")

    def _quit(self):
        self._step("quit", "221 2.0.0 bye")
        self.channel.finish()

    def _reset(self):
        self._sender = None
        self._recipients = []

    VERBS = {"EHLO": _ehlo, "HELO": _helo, "STARTTLS": _starttls, "MAIL": _mail, "RCPT": _rcpt,
             "DATA": _data, "RSET": _rset, "NOOP": _noop}


def ehlo_reply(name, offered):
    lines = [name, *offered]
    marks = ["-"] * (len(lines) - 1) + [" "]
    return "".join(f"250{mark}{line}\r\n" for mark, line in zip(marks, lines)).encode()


def path(argument):
    """What stands between < and > in FROM:<a@b> SIZE=9; or the argument as it is."""
    return argument.partition("<")[2].partition(">")[0] if "<" in argument else argument

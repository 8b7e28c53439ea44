# SPDX-License-Identifier: BSD-2-Clause
"""A slow name server that nobody takes for a dead one: over UDP it says at once "use TCP", and there
the answer takes its time. So an asker waits, and does not ask again and again."""

from . import wire
from .proxy import Proxy


class SlowTcp(Proxy):
    """pending   questions that are not answered yet; answered: how many were"""

    def __init__(self, port, delay_s):
        super().__init__(port)
        self.delay_s = delay_s
        self.pending = self.answered = 0

    def handle(self, query):
        if query.transport == "udp":
            query.answer(wire.empty_reply(query.message, flags=wire.TC))
            return
        self.pending += 1
        self.forward(query)

    def replied(self, query, reply):
        self._loop.call_later(self.delay_s, self._release, query, reply)

    def _release(self, query, reply):
        self.pending -= 1
        self.answered += 1
        super().replied(query, reply)

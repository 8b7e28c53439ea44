# SPDX-License-Identifier: BSD-2-Clause
"""An SMTP server on an address that is ours inside mta.enter() only."""

from .smtp import SmtpServer


class Sink(SmtpServer):
    """As SmtpServer, but on an address of mta.NETWORK."""

    def __init__(self, address, *arguments, **options):
        super().__init__(*arguments, **options)
        self.address = address

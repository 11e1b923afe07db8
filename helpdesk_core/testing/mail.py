"""A mail server for tests: real SMTP on this machine, which keeps what it is given."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask


class MailSink(list[EmailMessage]):
    """The mails in the order of their arrival; ``X-Recipients`` holds the envelope's addresses.

    So many of the next mails as ``broken`` says are taken and answered as if they were not, as by a server that dies
    in between; addresses in ``refused`` exist no longer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.broken = 0
        self.refused: set[str] = set()

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails that were delivered to *address*."""
        return [mail for mail in self if address in str(mail["X-Recipients"]).split(", ")]

    async def handle_RCPT(  # noqa: N802  # the server's word
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Say whether there is such an address."""
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # the server's word
        """Keep one mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail["X-Recipients"] = ", ".join(envelope.rcpt_tos)
        self.append(mail)
        if self.broken:
            self.broken -= 1
            return "451 try later"
        return "250 kept"


@contextmanager
def open_mail_sink(app: Flask) -> Iterator[MailSink]:
    """Yield the mails that *app* sends inside the block."""
    sink = MailSink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    before = app.config["HELPDESK_MAIL_URL"]
    app.config["HELPDESK_MAIL_URL"] = f"smtp://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        app.config["HELPDESK_MAIL_URL"] = before
        controller.stop()

"""How the core sends a mail: one port; SMTP, console and nothing behind it, chosen by ``HELPDESK_MAIL_URL``."""

from __future__ import annotations

import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app

_TIMEOUT = 30


class Mailer(Protocol):
    """Something that takes a plain text mail."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send *text* to one address; line breaks in *to* or *subject* are refused by the message class (T-68)."""


def compose(to: str, subject: str, text: str, sender: str) -> EmailMessage:
    """An automatic mail, marked as one so that robots do not answer it (T-30)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="helpdesk.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


class NullMailer:
    """Sends nothing."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Do nothing."""


class ConsoleMailer:
    """Writes mails to standard error: for a desk without a mail server yet."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Print the mail."""
        sys.stderr.write(f"--- mail to {to}: {subject}\n{text}\n---\n")


class SmtpMailer:
    """Sends through a server: ``smtp://user:password@host:port`` (STARTTLS) or ``smtps://``; certificates count."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    def send(self, to: str, subject: str, text: str) -> None:
        """Deliver the mail to the server; raises ``OSError`` or ``smtplib.SMTPException`` where it cannot."""
        host = self._url.hostname or "localhost"
        context = ssl.create_default_context()
        message = compose(to, subject, text, self._sender)
        if self._url.scheme == "smtps":
            with smtplib.SMTP_SSL(host, self._url.port or 465, timeout=_TIMEOUT, context=context) as server:
                self._deliver(server, message)
            return
        with smtplib.SMTP(host, self._url.port or 25, timeout=_TIMEOUT) as server:
            if server.has_extn("starttls") or (server.ehlo()[0] == 250 and server.has_extn("starttls")):
                server.starttls(context=context)
            self._deliver(server, message)

    def _deliver(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))
        server.send_message(message)


def mailer() -> Mailer:
    """The mailer that the configuration names."""
    url = str(current_app.config["HELPDESK_MAIL_URL"])
    scheme = urlsplit(url).scheme
    if scheme == "console":
        return ConsoleMailer()
    if scheme == "null":
        return NullMailer()
    return SmtpMailer(url, str(current_app.config["HELPDESK_MAIL_FROM"]))

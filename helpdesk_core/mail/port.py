"""How mails leave: one port; SMTP, console and nothing behind it, chosen by ``HELPDESK_MAIL_URL`` or given."""

from __future__ import annotations

import smtplib
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from helpdesk_core.mail.message import Mail, MailRefused, compose

#: Seconds until the server must have answered each word, and until all must be over (F-10).
_WORD: Final = 15
_TOTAL: Final = 55
_SOURCE: Final = "helpdesk_mail_server"


class Mailer(Protocol):
    """Something that takes a mail."""

    def send(self, mail: Mail) -> None:
        """Hand *mail* over; raises ``MailRefused`` for one that will never arrive, ``OSError`` to try again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server that takes mails: ``tls`` from the first byte, ``starttls`` or none at all.

    ``auto`` takes STARTTLS where the server offers it. Certificates are checked; ``verify`` off is for a server of
    one's own on the same machine.
    """

    host: str
    port: int
    security: Literal["auto", "starttls", "tls", "none"] = "auto"
    username: str = ""
    password: str = ""
    verify: bool = True


class NullMailer:
    """Sends nothing."""

    def send(self, mail: Mail) -> None:
        """Do nothing but look whether it could be sent."""
        compose(mail, str(current_app.config["HELPDESK_MAIL_FROM"]))


class ConsoleMailer:
    """Writes mails to standard error: for a desk without a mail server yet."""

    def send(self, mail: Mail) -> None:
        """Print the mail."""
        message = compose(mail, str(current_app.config["HELPDESK_MAIL_FROM"]))
        sys.stderr.write(f"--- mail to {message['To']}: {message['Subject']}\n{mail.text}\n---\n")


class SmtpMailer:
    """Sends through a server."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Deliver the mail to the server within a minute, or raise as the port says."""
        message = compose(mail, self._sender)
        try:
            with self._connected() as server:
                self._hand_over(server, message, mail.to)
        except ValueError as error:  # an endless or garbled answer
            if isinstance(error, OSError):  # a certificate that does not hold is both
                raise
            raise OSError(f"the mail server speaks no SMTP: {error}") from error

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage, to: str) -> None:
        try:
            server.send_message(message, from_addr=self._sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _failure(code, text) from error
        except smtplib.SMTPNotSupportedError as error:  # an address that only newer servers can read
            raise MailRefused(str(error)) from error
        except smtplib.SMTPDataError as error:
            raise _failure(error.smtp_code, error.smtp_error) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        wanted = self._server
        server: smtplib.SMTP
        if wanted.security == "tls":
            server = smtplib.SMTP_SSL(wanted.host, wanted.port, timeout=_WORD, context=_tls(verify=wanted.verify))
        else:
            server = smtplib.SMTP(wanted.host, wanted.port, timeout=_WORD)
        with _ended_in_time(server), server:
            server.ehlo()
            if wanted.security == "starttls" or (wanted.security == "auto" and server.has_extn("starttls")):
                server.starttls(context=_tls(verify=wanted.verify))
            if wanted.username:
                server.login(wanted.username, wanted.password)
            yield server


def _tls(*, verify: bool) -> ssl.SSLContext:
    # Made where it is used: reading the certificates of the system takes longer than sending a mail.
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _ended_in_time(server: smtplib.SMTP) -> Iterator[None]:
    """Hang up after a while: a server that sends one byte a second answers each word in time, and never ends."""

    def hang_up() -> None:
        line = server.sock
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(_TOTAL - _WORD, hang_up)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _failure(code: int, text: bytes | str) -> Exception:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    reason = f"the mail server said {code} {said}"[:500]
    return MailRefused(reason) if code >= 500 else OSError(reason)


def provide_mail_server(app: Flask, source: Callable[[], MailServer | None]) -> None:
    """Let *source* say which server all mail goes through; where it says none, the configuration counts.

    It is asked for every mail, inside an app context and outside any transaction.
    """
    app.extensions[_SOURCE] = source


def configured_server() -> MailServer | None:
    """The server that all mail goes through: what was chosen in the settings, else what ``HELPDESK_MAIL_URL`` names.

    ``smtp://user:password@host:port`` takes STARTTLS where it is offered, ``smtps://`` is TLS from the first byte.
    """
    source: Callable[[], MailServer | None] | None = current_app.extensions.get(_SOURCE)
    chosen = source() if source is not None else None
    if chosen is not None:
        return chosen
    url = urlsplit(str(current_app.config["HELPDESK_MAIL_URL"]))
    if url.scheme not in ("smtp", "smtps"):
        return None
    return MailServer(
        host=url.hostname or "localhost",
        port=url.port or (465 if url.scheme == "smtps" else 25),
        security="tls" if url.scheme == "smtps" else "auto",
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


def mailer(server: MailServer | None = None) -> Mailer:
    """What sends through *server*, by default through the one of this helpdesk."""
    server = server or configured_server()
    if server is not None:
        return SmtpMailer(server, str(current_app.config["HELPDESK_MAIL_FROM"]))
    scheme = urlsplit(str(current_app.config["HELPDESK_MAIL_URL"])).scheme
    return ConsoleMailer() if scheme == "console" else NullMailer()

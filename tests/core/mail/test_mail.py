"""Mails: headers that nobody can break, signed names, servers that fail."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from helpdesk_core.mail import port
from helpdesk_core.mail.links import external_url
from helpdesk_core.mail.message import Mail, MailRefused, compose, key_of, message_id, ticket_of, ticket_token
from helpdesk_core.mail.port import MailServer, mailer
from helpdesk_core.testing import MailSink

EVIL = "Bcc: victim@example.test"
BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x1d")


@pytest.mark.parametrize("line_break", BREAKS)
def test_no_text_adds_a_header_or_a_recipient(app: Flask, mailbox: MailSink, line_break: str) -> None:
    """T-68."""
    evil = f"Hello{line_break}{EVIL}{line_break}{line_break}<b>body</b>"
    with app.app_context():
        mail = Mail(
            to="ada@example.test", to_name=evil, subject=evil, text="Text", sender_name=evil, headers={"X-Note": evil}
        )
        mailer().send(mail)
    assert [one["X-Recipients"] for one in mailbox] == ["ada@example.test"]
    assert mailbox[0]["Bcc"] is None
    assert mailbox[0]["Subject"].startswith(f"Hello {EVIL}")
    assert mailbox[0].get_content().strip() == "Text"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@example.test, eve@example.test", "ada@example.test\r\nBcc: eve@example.test", "a b@example.test",
     "<ada@example.test>", "ada@example.test>", "=?utf-8?q?ada=40example.test=0ABcc:?=@x", "ada@exa..mple",
     "a.@x.test"],
)  # fmt: skip
def test_what_is_no_address_is_refused(app: Flask, mailbox: MailSink, address: str) -> None:
    """T-68."""
    good = "ada@example.test"
    for mail in (Mail(to=address, subject="", text=""), Mail(to=good, subject="", text="", reply_to=address or "-")):
        with app.app_context(), pytest.raises(MailRefused):
            mailer().send(mail)
    assert mailbox == []


def test_a_mail_says_that_it_is_automatic_and_has_both_texts(app: Flask, mailbox: MailSink) -> None:
    """T-30."""
    with app.app_context():
        thread = message_id("ticket.7")
        mail = Mail(to="ada@example.test", subject="Привет", text="Текст", html="<p>Текст</p>", key="k-1",
                    references=(thread,), sender_name="Помощь", reply_to="desk@example.test")  # fmt: skip
        mailer().send(mail)
        ours = message_id("k-1")
    sent = mailbox[0]
    assert (sent["Auto-Submitted"], sent["Message-ID"], sent["In-Reply-To"]) == ("auto-generated", ours, thread)
    assert (sent["From"].addresses[0].display_name, sent["Reply-To"]) == ("Помощь", "desk@example.test")
    assert sent["Subject"] == "Привет"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


def test_message_ids_and_tokens_are_known_again_and_not_forged(app: Flask) -> None:
    with app.app_context():
        ours, token = message_id("job-9"), ticket_token(12)
        assert (key_of(ours), ticket_of(f"Re: {token} Till")) == ("job-9", 12)
        assert key_of(ours.replace("job-9", "job-8")) is None
        assert ticket_of(token.replace("#12-", "#13-")) is None
        assert ticket_of("Re: Till [#12]") is None


def test_a_server_that_says_no_for_good_is_told_from_one_that_may_say_yes(app: Flask, mailbox: MailSink) -> None:
    """F-10."""
    mail = Mail(to="gone@example.test", subject="Hi", text="")
    mailbox.refused.add("gone@example.test")
    with app.app_context():
        with pytest.raises(MailRefused, match="550"):
            mailer().send(mail)
        mailbox.refused.clear()
        mailbox.broken = 1
        with pytest.raises(OSError, match="451"):
            mailer().send(mail)
        with pytest.raises(OSError, match="refused"):
            mailer(MailServer(host="127.0.0.1", port=1)).send(mail)


def test_starttls_that_was_asked_for_is_not_done_without(app: Flask, mailbox: MailSink) -> None:
    with app.app_context():
        number = int(app.config["HELPDESK_MAIL_URL"].rpartition(":")[2])
        server = MailServer(host="127.0.0.1", port=number, security="starttls")
        with pytest.raises(OSError, match="STARTTLS"):
            mailer(server).send(Mail(to="ada@example.test", subject="Hi", text=""))
    assert mailbox == []


def test_links_name_the_configured_address(app: Flask) -> None:
    with app.app_context():
        app.config["HELPDESK_BASE_URL"] = "https://desk.test"
        try:
            assert external_url("auth.reset", token="t") == "https://desk.test/reset/t"
        finally:
            app.config["HELPDESK_BASE_URL"] = ""
        assert compose(Mail(to="a@b.test", subject="", text=""), "x@y.test")["From"] == "x@y.test"


def slow_server(line: socket.socket, stop: threading.Event) -> None:
    """Greet, then answer one byte at a time, and never finish."""
    with line, suppress(OSError):
        line.sendall(b"220 slow\r\n")
        while not stop.wait(0.05):
            line.sendall(b"2")


def test_a_server_that_never_finishes_is_hung_up_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-10: each byte comes in time, the answer never; all is over after a while all the same."""
    monkeypatch.setattr(port, "_WORD", 1)
    monkeypatch.setattr(port, "_TOTAL", 2)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        thread = threading.Thread(target=lambda: slow_server(server.accept()[0], stop), daemon=True)
        thread.start()
        began = time.monotonic()
        with app.app_context(), pytest.raises(OSError, match=r".+"):
            mailer(MailServer(host="127.0.0.1", port=number)).send(Mail(to="a@b.test", subject="", text=""))
        taken = time.monotonic() - began
        stop.set()
        thread.join(5)
    assert taken < 10


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    app: Flask, tmp_path: Path, security: Literal["starttls", "tls"]
) -> None:
    """T-71: certificates count unless somebody says otherwise."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    sink = MailSink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    own = context if security == "tls" else None
    offered = None if own else context
    controller = Controller(sink, hostname="127.0.0.1", port=number, ssl_context=own, tls_context=offered)
    controller.start()
    mail = Mail(to="a@b.test", subject="", text="")
    try:
        with app.app_context():
            server = MailServer(host="127.0.0.1", port=number, security=security)
            with pytest.raises(ssl.SSLCertVerificationError):
                mailer(server).send(mail)
            assert sink == []
            mailer(replace(server, verify=False)).send(mail)
            assert len(sink) == 1
    finally:
        controller.stop()

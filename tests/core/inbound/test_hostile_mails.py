"""Broken, odd and huge mails: each becomes something, none an error, none takes the process with it."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.inbound import keeping, services
from helpdesk_core.inbound.fingerprints import identity_of
from helpdesk_core.inbound.keeping import NoMail
from helpdesk_core.inbound.models import SETTLED, InboundMail
from helpdesk_core.inbound.parsing import parse_mail
from helpdesk_core.inbound.quoting import strip_quotation
from helpdesk_core.inbound.receiving import receive_mail
from helpdesk_core.settings.services import change_settings
from helpdesk_core.storage.local import storage
from helpdesk_core.testing import Browser, Desk, sign_in
from helpdesk_core.tickets.commands import MAX_FILES
from helpdesk_core.tickets.models import Ticket
from tests.core.inbound.bombs import BOMBS, long_header
from tests.core.inbound.conftest import Receive
from tests.core.inbound.letters import encoded, mail

ROOT = Path(__file__).parents[3]

#: Pieces that mails are made of, to be put together wrongly.
_PIECES = st.sampled_from(
    [b"From: a@b.test\n", b"Subject: =?utf-8?b?", b"Content-Type: multipart/mixed; boundary=b\n", b"\n--b\n", b"--b--",
     b"Content-Type: text/html; charset=", b"Content-Transfer-Encoding: base64\n", b"\n\n", b"\r\n", b"\r", b"\x00",
     b"<blockquote>", b"> ", b"wrote:\n", b"=?koi8-r?Q?=C0?=", b"Message-ID: <a@b>\n", b"Content-Disposition: ",
     b'filename*0="\xff', b"Auto-Submitted: ", b"=", b"=0", b"%", b"&#x110000;", b"\xd0\x9f", b"begin 644 x\n"]
)  # fmt: skip
MADE = st.one_of(
    st.binary(max_size=400), st.lists(st.one_of(_PIECES, st.binary(max_size=8)), max_size=40).map(b"".join)
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=MADE)
def test_any_bytes_are_read(app: Flask, raw: bytes) -> None:
    """T-39, F-34: text that every database holds, and never an exception."""
    with app.app_context():
        read = parse_mail(raw)
        for text in (strip_quotation(read.text), read.subject, read.name, *(name for name, _, _ in read.files())):
            assert "\x00" not in text
            text.encode("utf-8")
        assert "\n" not in read.subject + read.name + read.address
        assert identity_of(io.BytesIO(raw)) == identity_of(io.BytesIO(raw + b"\n"))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=MADE.filter(bool))
def test_any_bytes_are_stored_and_settled(receive: Receive, raw: bytes) -> None:
    """T-39: nothing is held that only was odd."""
    row = receive(raw)
    assert (row.state in (SETTLED, "ignored"), row.stored_name is not None) == (True, True), row.why


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_a_ticket_like_any_other(receive: Receive, bomb: str) -> None:
    """T-40."""
    row = receive(BOMBS[bomb](1))
    with reading() as session:
        ticket = session.get_one(Ticket, row.ticket_id)
    assert (row.state, ticket.subject[:4] in ("Till", "=?ut")) == (SETTLED, True)
    assert ticket.description.startswith(("words", "x")) or bomb == "nested"


@pytest.mark.long
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_of_four_times_the_size_takes_little_memory(app: Flask, tmp_path: Path, bomb: str) -> None:
    """T-40: a process of its own, whose memory is limited to 600 MB (T-39)."""
    path = tmp_path / "bomb.eml"
    path.write_bytes(BOMBS[bomb](4))
    script = (
        "import sys; from pathlib import Path; from tests.core.inbound.process import receive\n"
        "from helpdesk_core.testing import make_app\n"
        "receive(make_app(sys.argv[1], Path(sys.argv[2])), sys.argv[3])"
    )
    urls = [app.config["SQLALCHEMY_DATABASE_URI"], app.config["HELPDESK_DATA_DIR"]]
    done = subprocess.run([sys.executable, "-c", script, *urls, str(path)], cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 600 * 1024


def with_files(*sizes: int, name: str = "file") -> bytes:
    """A mail with files of these sizes."""
    parts = "".join(
        f'--b\nContent-Type: x/y; name="{name}{number}.bin"\nContent-Transfer-Encoding: base64\n\n'
        f"{encoded(bytes([number % 256]) * size)}\n"
        for number, size in enumerate(sizes)
    )
    return (
        f"From: chandra@customer.test\nSubject: Files\nMessage-ID: <f@x.test>\n"
        f'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nwords\n{parts}--b--\n'
    ).encode()


def test_files_beyond_the_limits_are_named_and_stay_in_the_original(app: Flask, desk: Desk, receive: Receive) -> None:
    """OK-130."""
    change_limit(desk, 1)
    row = receive(with_files(*[10 + number for number in range(MAX_FILES)], 2 * 1024 * 1024, 7))
    with reading() as session:
        text = session.get_one(Ticket, row.ticket_id).description
    assert "Files that stayed in the original mail:" in text
    assert [line for line in text.split("\n") if line.startswith("- ")] == [
        "- file20.bin (2 MB)",
        "- file21.bin (7 byte)",
    ]
    assert len(storage().names()) == MAX_FILES + 1  # and the original


def change_limit(desk: Desk, megabytes: int) -> None:
    """Set the largest file."""
    with unit_of_work() as session:
        change_settings(session, {"core.upload_limit_mb": megabytes}, actor=desk.admin)


def test_a_mail_that_is_too_large_to_be_read_whole_is_still_a_ticket(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-40: its beginning is read, the rest stays in the original."""
    monkeypatch.setattr(services, "_MOST", 100_000)
    monkeypatch.setattr(services, "_BEGINNING", 1000)
    row = receive(with_files(150_000))
    with reading() as session:
        text = session.get_one(Ticket, row.ticket_id).description
    assert text.startswith("words\n\nThe mail is too large to be read whole")
    assert row.size > 100_000


def test_what_is_no_mail_is_refused_and_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-14."""
    monkeypatch.setattr(keeping, "LARGEST", 1000)
    with pytest.raises(NoMail, match="no mail"):
        receive_mail(io.BytesIO(b""))
    with pytest.raises(Exception, match="too large"):
        receive_mail(io.BytesIO(mail("x" * 2000)))
    assert storage().names() == set()
    with reading() as session:
        assert session.query(InboundMail).count() == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00b", "C:\\x.exe", "=?utf-8?q?a=0D=0Ab?=", "\u202egnp.exe", "x" * 300, "..", "con"]
)
def test_a_files_name_is_no_path(receive: Receive, name: str) -> None:
    """T-41."""
    before = {path for path in storage().root.parent.rglob("*") if storage().root not in path.parents}
    assert receive(with_files(9, name=name)).state == SETTLED
    assert {path for path in storage().root.parent.rglob("*") if storage().root not in path.parents} == before | (
        {storage().root} if storage().root.exists() else set()
    )


def test_nothing_of_a_mails_html_can_run_on_the_card(app: Flask, client: Browser, desk: Desk, receive: Receive) -> None:
    """T-01, T-04, T-05: words stay words, whatever they look like in HTML or in Markdown."""
    evil = (
        "<p>words</p><img src=x onerror=alert(1)><script>alert(2)</script><a href='javascript:alert(3)'>a</a>"
        "&lt;script&gt;alert(4)&lt;/script&gt; [b](javascript:alert(5)) ![c](http://tracker.test/x) <svg onload=x>"
    )
    raw = f"From: chandra@customer.test\nSubject: <b>Till</b>\nContent-Type: text/html\n\n{evil}".encode()
    row = receive(raw)
    sign_in(app, client, desk.admin)
    page = client.get(f"/tickets/{row.ticket_id}").text
    assert "words" in page
    for active in (
        "<script>alert",
        "onerror=alert(1)>",
        'href="javascript',
        "<img src=x",
        "<b>Till",
        'src="http',
    ):
        assert active not in page
    shown = client.get(f"/mail/{row.id}")
    assert (shown.status_code, "&lt;b&gt;Till" in shown.text) == (200, True)
    saved = client.get(f"/mail/{row.id}/raw")
    assert (saved.data, saved.headers["Content-Disposition"].split(";")[0]) == (raw, "attachment")
    assert saved.content_type == "application/octet-stream"


def test_a_header_of_megabytes_is_looked_at_in_part(app: Flask, client: Browser, desk: Desk, receive: Receive) -> None:
    """T-40: on the page of the original too."""
    row = receive(long_header(1))
    sign_in(app, client, desk.admin)
    page = client.get(f"/mail/{row.id}")
    assert (page.status_code, len(page.text) < 500_000) == (200, True)

"""Files, exports, redirects, cookies and reading: what a browser is given and what looking at pages leaves alone."""

from __future__ import annotations

import csv
import io
import time
from statistics import median

import pytest
from flask import Flask, url_for

from helpdesk_core.extensions import limiter
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.signing_in import PASSWORD
from tests.core.access.table import ROWS
from tests.core.access.world import World, changed, dump, plain

#: Marks of the reader himself, which looking at a page may move.
_READERS_OWN = {"ticket_read"}
_GIF_AND_HTML = b"GIF89a/*<html><script>alert(1)</script>*/"
FILES = {
    "a.svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    "a.html": (b"<script>alert(1)</script>", "text/html"),
    "a.xhtml": (b"<html xmlns='http://www.w3.org/1999/xhtml'><script/></html>", "application/xhtml+xml"),
    "a.xml": (b"<?xml-stylesheet href='x.xsl'?><x/>", "text/xml"),
    "a.mht": (b"MIME-Version: 1.0\r\n\r\n<script/>", "message/rfc822"),
    "a.pdf": (b"%PDF-1.4 /JS (app.alert(1))", "application/pdf"),
    "a.txt": (b"<script>alert(1)</script>", "text/plain"),
    "plain": (b"<script>alert(1)</script>", ""),
    "a.png": (b"<script>alert(1)</script>", "text/html"),
    "a.gif": (_GIF_AND_HTML, "text/html"),
}


@pytest.fixture
def world(app: Flask, desk: Desk) -> World:
    """The desk, everybody with a password."""
    made = World(app, desk)
    made.give_passwords()
    return made


@pytest.mark.parametrize("name", FILES)
def test_no_file_runs_in_the_browser(world: World, name: str) -> None:
    """T-05: whatever it is called and says of itself, it is saved, or drawn as a picture in a sandbox."""
    content, claimed = FILES[name]
    client, ticket_id = world.browser("customer"), world.ticket()
    form = {"body": "See the file", "files": (io.BytesIO(content), name, claimed or "application/octet-stream")}
    assert client.post(f"/my/{ticket_id}/reply", data=form).status_code == 303
    for who in ("customer", "insider"):
        answer = world.browser(who).get("/attachments/1")
        assert (answer.status_code, answer.data) == (200, content)
        headers = answer.headers
        assert answer.mimetype not in (
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/xml",
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
        picture = answer.mimetype == "image/gif"
        assert headers["Content-Disposition"].startswith("inline" if picture else "attachment")
        assert picture == (name == "a.gif")


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t=", "\r=", " =", '"=', "'=", "  @"])
def test_no_cell_of_the_export_is_a_formula(world: World, lead: str) -> None:
    """T-36: an apostrophe stands before it, and without the apostrophe it is what was typed."""
    formula = f"{lead}cmd|' /C calc'!A0"
    ticket_id = world.ticket(subject=formula, tags=(f"{lead.strip() or '='}x",))
    with world.app.test_request_context():
        url = url_for("tickets.export")
    rows = list(csv.reader(io.StringIO(world.browser("insider").get(url).text.lstrip("\ufeff"))))
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\r")), cell
    stored = " ".join(formula.split())
    (row,) = [row for row in rows if row[0] == str(ticket_id)]
    assert row[1].removeprefix("'") == stored or row[1] == f"'{stored}"


TARGETS = [
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "https://evil.test",
    "https:evil.test",
    "///evil.test",
    "/\t/evil.test",
    "%2F%2Fevil.test",
    "https://localhost@evil.test",
    "javascript:alert(1)",
    "/%5Cevil.test",
    " //evil.test",
    "/\r\nX: y",
]


@pytest.mark.parametrize("target", TARGETS)
def test_signing_in_leads_nowhere_else(world: World, target: str) -> None:
    """T-51: the way back is a path of this site, in whatever way another one is written."""
    form = {"login": world.login_of("lead"), "password": PASSWORD}
    answer = world.browser("anonymous").post("/login", query_string={"next": target}, data=form)
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert world.browser("lead").get("/login", query_string={"next": target}).location.startswith("/")


@pytest.mark.helpdesk(config={"HELPDESK_BASE_URL": "https://desk.example"})
def test_the_cookie_is_for_this_site_and_no_script(app: Flask, world: World) -> None:
    """T-52: Secure, HttpOnly and SameSite; another value after signing in, and the old one is nobody's."""
    client, base = app.test_client(), "https://desk.example"
    client.get("/login", base_url=base)
    form = {"login": world.login_of("lead"), "password": PASSWORD}
    answer = client.post("/login", data=form, base_url=base, headers={"Referer": f"{base}/login"})
    cookie = answer.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert client.get("/inbox", base_url=base).status_code == 200
    assert client.post("/logout", base_url=base).status_code == 303
    value = cookie.partition("=")[2].partition(";")[0]
    client.set_cookie("helpdesk", value, domain="desk.example")
    assert client.get("/inbox", base_url=base).status_code == 303


@pytest.mark.parametrize("who", ["admin", "insider", "customer"])
def test_looking_changes_nothing(app: Flask, world: World, who: str) -> None:
    """T-55: every address with GET, HEAD and OPTIONS; only the reader's own marks move."""
    urls = []
    for row in ROWS:
        names = set().union(*(rule.arguments for rule in app.url_map.iter_rules(row.endpoint)))
        with app.test_request_context():
            urls.append(url_for(row.endpoint, **world.arguments(names, who, kind=row.kind)))  # type: ignore[arg-type]
    client = world.browser(who)
    before = dump()
    for url in dict.fromkeys(urls):
        for method in ("GET", "HEAD", "OPTIONS"):
            limiter.reset()
            answer = client.open(url, method=method)
            answer.get_data()
            answer.close()
            assert answer.status_code < 500, url
    assert set(changed(before, dump())) <= _READERS_OWN


def test_a_forgotten_password_is_answered_alike_for_everybody(world: World) -> None:
    """T-67: a login that exists and one that does not get the same status, words and headers."""
    pages = []
    for login in (world.login_of("lead"), "nobody-at-all"):
        answer = world.browser("anonymous").post("/forgot", data={"login": login})
        names = sorted(name for name, _ in answer.headers)
        pages.append((answer.status_code, names, plain(answer.text).replace(login, "LOGIN")))
    assert pages[0] == pages[1]


@pytest.mark.long
def test_a_wrong_login_takes_as_long_as_a_wrong_password(world: World) -> None:
    """T-67: medians of 200 timings, taken in turns, differ by less than a twentieth of one."""
    client = world.browser("anonymous")
    taken: dict[str, list[float]] = {world.login_of("lead"): [], "nobody-at-all": []}
    for _ in range(200):
        for login, times in taken.items():
            limiter.reset()
            begin = time.perf_counter()
            client.post("/login", data={"login": login, "password": "a wrong one"})
            times.append(time.perf_counter() - begin)
    one, other = (median(times) for times in taken.values())
    assert abs(one - other) < max(0.005, one / 20), (one, other)

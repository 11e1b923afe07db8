# ruff: noqa: E501, PERF401  # the requests are easier to compare on one line each
"""Whatever is sent, to whichever route, in whichever field: a page or a refusal with words, never a broken one."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
import structlog
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.extensions import limiter
from helpdesk_core.fields.models import CustomField, CustomFieldOption
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.models import Comment
from tests.core.access.table import ROWS, Row
from tests.core.access.world import World

#: What stands in a text field, a number, a date, a choice: none of it may reach the database as an error.
VALUES = {
    "empty": b"",
    "nul": b"a\x00b",
    "lone surrogate": b"a\xed\xa0\x80b",
    "overlong slash": b"\xc0\xaf",
    "latin-1": b"caf\xe9",
    "replacement character": "a\ufffdb".encode(),
    "noncharacters": "\ufffe\uffff\U0010ffff".encode(),
    "right to left": "\u202egnp.exe\u2066".encode(),
    "control characters": bytes(range(1, 32)),
    "emoji and combining marks": ("\U0001f469\u200d\U0001f680" + "Z" + "\u0335" * 300).encode(),
    "zero": b"0",
    "negative": b"-1",
    "beyond 32 bits": b"2147483648",
    "beyond 64 bits": b"9223372036854775808",
    "a hundred digits": b"9" * 100,
    "five thousand digits": b"9" * 5000,
    "other digits": "\u0663\u0664".encode(),
    "superscript": "\u00b2".encode(),
    "exponent": b"1e309",
    "not a number": b"NaN",
    "year zero": b"0000-01-01",
    "year one": b"0001-01-01T00:00",
    "last year": b"9999-12-31T23:59",
    "year 10000": b"10000-01-01",
    "offset": b"2026-01-01T00:00+23:59",
    "far choice": b"e999999999",
    "other choice": "g\u0663".encode(),
    "sql": b"'; DROP TABLE ticket; --",
    "template": b"{{ 7*7 }}{% raw %}",
    "format": b"%s %(x)s {0} {x.__class__}",
    "path": b"../../etc/passwd",
    "address": b"//evil.test/\\evil.test",
}
LONG = b"x" * 1_000_000
#: What every run tries on all fields at once, and on each field alone; the long run tries everything everywhere.
_SHORT = frozenset({"lone surrogate", "replacement character", "beyond 64 bits", "last year"})
_ALONE = frozenset({"beyond 64 bits"})
EACH = pytest.mark.parametrize(
    "each", [pytest.param(False, id="short"), pytest.param(True, id="long", marks=pytest.mark.long)]
)

#: Every name that some page reads from the address.
PARAMETERS = (
    "q", "page", "cursor", "sort", "view", "status", "category", "type", "priority", "assignee", "group", "company",
    "contact", "tag", "created_from", "created_to", "open", "overdue", "unread", "watching", "distribution", "tab",
    "everything", "show", "next", "inactive", "company_id", "contact_id", "v", "kind", "name",
)  # fmt: skip
#: Names that some form reads besides those that an ordinary browser sends.
FIELDS = (
    "version", "until", "form_token", "property", "observers", "assignee", "due_at", "tags", "type_id", "priority_id",
    "company_id", "contact_id", "field.f_text", "field.f_number", "field.f_date", "field.f_choice", "field.f_choices",
    "choice_subject", "back_view", "back_cursor", "back_created_from", "back_status", "value_status", "value_assignee",
    "value_priority", "value_tag", "ids", "action", "member_ids", "notify_ids", "role_keys", "group_ids", "employee_id",
    "group_id", "options", "position", "rank", "offered", "shown", "step", "sources", "targets", "finish_target",
)  # fmt: skip


@pytest.fixture
def world(app: Flask, desk: Desk) -> Iterator[World]:
    """The desk with custom fields of every kind; an unexpected error is an answer, as on a real site."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    # Drawing each traceback for the terminal would take longer than everything else.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    made = World(app, desk)
    made.give_passwords()
    with unit_of_work() as session:
        for kind in ("text", "number", "date", "choice", "choices"):
            field = CustomField(key=f"f_{kind}", label=f"Field {kind}", kind=kind)
            session.add(field)
            session.flush()
            if kind.startswith("choice"):
                session.add(CustomFieldOption(field_id=field.id, label="One", position=10, active=True))
    yield made
    structlog.reset_defaults()


def _who(row: Row) -> str:
    return "customer" if row.endpoint.startswith("portal.") else "admin"


def _address(app: Flask, row: Row, arguments: dict[str, int | str]) -> str:
    with app.test_request_context():
        return url_for(row.endpoint, **arguments)  # type: ignore[arg-type]


def _names(app: Flask, row: Row) -> set[str]:
    return set().union(*(rule.arguments for rule in app.url_map.iter_rules(row.endpoint)))


def _send(client: FlaskClient, url: str, **request: Any) -> TestResponse:
    limiter.reset()
    response = client.open(url, **request)
    response.get_data()
    response.close()
    return response


def _problem(response: TestResponse) -> str | None:
    """What is wrong with an answer, if anything."""
    if response.status_code >= 500:
        return str(response.status_code)
    if response.status_code >= 400 and not response.text.strip():
        return f"{response.status_code} without a word"
    return None


def _encoded(pairs: list[tuple[str, bytes]]) -> str:
    return "&".join(
        f"{quote_from_bytes(name.encode(), safe='')}={quote_from_bytes(value, safe='')}" for name, value in pairs
    )


def _bytes(form: dict[str, Any]) -> list[tuple[str, bytes]]:
    pairs = []
    for name, value in form.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, str(one).encode()) for one in values if not isinstance(value, tuple)]
    return pairs


def _rows(method: str) -> list[Row]:
    return [row for row in ROWS if (row.method == "GET") == (method == "GET") and row.endpoint != "static"]


def _fail(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)


@EACH
def test_ids_of_every_shape_are_a_page_or_not_found(app: Flask, world: World, each: bool) -> None:
    """F-33, F-34: negative, huge, zero, other scripts' digits, text, in every place of every address."""
    shapes = ["-1", "2147483648", "9" * 400, "%D9%A3", "%ED%A0%80"]
    if each:
        shapes += ["0", "9223372036854775808", "%C2%B2", "1e3", "x", "%00", "%FF", "%EF%BF%BD", "..%2F..", "1%20", "+1"]
    clients = {who: world.browser(who) for who in ("admin", "customer")}
    problems = []
    for row in ROWS:
        names = _names(app, row)
        if not names:
            continue
        marks: dict[str, int | str] = {name: 777001 if name.endswith("_id") else "777002" for name in names}
        for shape in shapes:
            url = _address(app, row, marks).replace("777001", shape).replace("777002", shape)
            answer = _send(clients[_who(row)], url, method=row.method)
            if _problem(answer) or answer.status_code not in (303, 308, 400, 404):
                problems.append(f"{row.name} {url[:80]}: {answer.status_code}")
    _fail(problems)


@EACH
def test_parameters_of_every_shape_are_a_page_or_refused(app: Flask, world: World, each: bool) -> None:
    """F-33, F-34: every parameter of the address with every value, all at once and twice, on every page."""
    problems = []
    for row in _rows("GET"):
        url = _address(app, row, world.arguments(_names(app, row), _who(row), kind=row.kind))
        client = world.browser(_who(row))
        for label, value in VALUES.items():
            if not each and label not in _SHORT:
                continue
            pairs = [(name, value) for name in PARAMETERS for _ in range(2)] if len(value) < 400 else [("q", value)]
            answer = _send(client, f"{url}?{_encoded(pairs)}"[:7900])
            if problem := _problem(answer):
                problems.append(f"{row.name} with {label}: {problem}")
        if _send(client, f"{url}?q={LONG.decode()}").status_code != 414:
            problems.append(f"{row.name}: takes an address of a million characters")
    _fail(problems)


@EACH
def test_fields_of_every_shape_are_taken_or_refused(app: Flask, world: World, each: bool) -> None:
    """F-33, F-34: every field of every form with every value, all at once; in the long form also one by one."""
    problems = []
    for row in _rows("POST"):
        who = _who(row)
        arguments = world.arguments(_names(app, row), who, kind=row.kind)
        url = _address(app, row, arguments)
        client = world.browser(who)
        form = _bytes(world.form(row.endpoint, who, arguments))
        own = list(dict.fromkeys(name for name, _ in form))
        for label, value in VALUES.items():
            if not each and label not in _SHORT:
                continue
            sets = [[(name, value) for name in (*own, *FIELDS)]]
            if each or label in _ALONE:
                sets += [[pair for pair in form if pair[0] != name] + [(name, value)] * 2 for name in own]
            if each and label in _SHORT | _ALONE:  # with every value it would be 100,000 requests
                sets += [[pair for pair in form if pair[0] != name] + [(name, value)] for name in FIELDS]
            for pairs in sets:
                answer = _send(client, url, method="POST", data=_encoded(pairs), content_type=_FORM)
                if answer.status_code == 303 and answer.location.startswith("/login"):
                    client = world.browser(who)  # that was the sign-out, or a new password
                if answer.location and "evil" in answer.location:
                    problems.append(f"{row.name} with {label}: leads to {answer.location}")
                if problem := _problem(answer):
                    fields = [name for name, one in pairs if one == value]
                    problems.append(f"{row.name} with {label} in {fields[:3]}: {problem}")
        for name in own[:1]:
            answer = _send(client, url, method="POST", data=_encoded([*form, (name, LONG)]), content_type=_FORM)
            if problem := _problem(answer):
                problems.append(f"{row.name} with a million characters in {name}: {problem}")
    _fail(problems)
    _every_page_still_opens(app, world)


_FORM = "application/x-www-form-urlencoded"


def _every_page_still_opens(app: Flask, world: World) -> None:
    """What was stored of all that is drawn on every page."""
    problems = []
    for row in _rows("GET"):
        url = _address(app, row, world.arguments(_names(app, row), _who(row), kind=row.kind))
        answer = _send(world.browser(_who(row)), url)
        missing = "name" in _names(app, row) and answer.status_code == 404  # an application that is not there
        if answer.status_code not in (200, 303) and not missing:
            problems.append(f"{row.name}: {answer.status_code}")
    _fail(problems)


def _multipart(parts: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"--edge\r\n" + head + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + b"--edge--\r\n"


#: The forms that take files, and the one that anybody may send; the long run tries all.
_WITH_FILES = frozenset(
    {"auth.login", "tickets.new", "tickets.comment", "portal.new", "portal.reply", "users.upload_photo"}
)
_NAMES = ("body", "subject", "name", "files", "photo", "csrf_token")
#: What a part of a multipart form claims of itself.
PARTS: dict[str, list[tuple[bytes, bytes]]] = {
    "charset utf-7": [(b'Content-Disposition: form-data; name="%b"\r\nContent-Type: text/plain; charset=utf-7', b"+ADw-")],
    "charset utf-16": [
        (b'Content-Disposition: form-data; name="%b"\r\nContent-Type: text/plain; charset=utf-16', b"\xff\xfea\x00")
    ],
    "charset latin-1": [
        (b'Content-Disposition: form-data; name="%b"\r\nContent-Type: text/plain; charset=iso-8859-1', b"caf\xe9")
    ],
    "unknown charset": [(b'Content-Disposition: form-data; name="%b"\r\nContent-Type: text/plain; charset=x-none', b"a")],
    "invalid utf-8": [(b'Content-Disposition: form-data; name="%b"', b"caf\xe9 \xed\xa0\x80")],
    "nul": [(b'Content-Disposition: form-data; name="%b"', b"a\x00b")],
    "invalid utf-8 in a file's name": [
        (b'Content-Disposition: form-data; name="%b"; filename="caf\xe9\xed\xa0\x80.txt"\r\nContent-Type: text/plain', b"a")
    ],
    "nul in a file's name": [(b'Content-Disposition: form-data; name="%b"; filename="a\x00.txt"', b"a")],
    "encoded file name": [
        (b"Content-Disposition: form-data; name=\"%b\"; filename*=UTF-8''%%ED%%A0%%80%%00.txt", b"a")
    ],
    "unknown encoding of a file's name": [
        (b"Content-Disposition: form-data; name=\"%b\"; filename*=x-none'en'%%FF.txt", b"a")
    ],
    "hostile file name": [
        (
            b'Content-Disposition: form-data; name="%b"; filename="../../\xe2\x80\xaegnp.exe;\\"x"\r\nContent-Type: '
            + b"text/html; charset=\xff" * 20,
            b"<script>",
        )
    ],
    "long file name": [(b'Content-Disposition: form-data; name="%b"; filename="' + b"x" * 5000 + b'.txt"', b"a")],
    "no name": [(b"Content-Disposition: form-data", b"a")],
    "no header": [(b"", b"a")],
    "odd content type": [(b'Content-Disposition: form-data; name="%b"; filename="a"\r\nContent-Type: ' + b"\xff/" * 90, b"a")],
    "a file where a text belongs": [(b'Content-Disposition: form-data; name="%b"; filename="a.txt"', b"a")],
}  # fmt: skip


@EACH
def test_multipart_forms_of_every_shape_are_taken_or_refused(app: Flask, world: World, each: bool) -> None:
    """F-33, F-34, T-41: odd encodings and names of fields and files, broken boundaries."""
    problems = []
    for row in _rows("POST"):
        if not each and row.endpoint not in _WITH_FILES:
            continue
        who = _who(row)
        arguments = world.arguments(_names(app, row), who, kind=row.kind)
        url, form = _address(app, row, arguments), _bytes(world.form(row.endpoint, who, arguments))
        client = world.browser(who)
        names = list(dict.fromkeys([*(name for name, _ in form), *_NAMES]))
        for label, shapes in PARTS.items():
            parts = [
                (head.replace(b"%b", name.encode()).replace(b"%%", b"%"), body)
                for name in names
                for head, body in shapes
            ]
            for content_type in (
                "multipart/form-data; boundary=edge",
                "multipart/form-data; boundary=edge; charset=utf-7",
            ):
                answer = _send(client, url, method="POST", data=_multipart(parts), content_type=content_type)
                if answer.status_code == 303 and answer.location.startswith("/login"):
                    client = world.browser(who)
                if problem := _problem(answer):
                    problems.append(f"{row.name} with {label}: {problem}")
        for content_type, data in (
            ("multipart/form-data", b"--edge"),
            ("multipart/form-data; boundary=", b"--\r\n"),
            ("multipart/form-data; boundary=edge", b"--edge\r\n\r\n"),
            ("multipart/form-data; boundary=" + "x" * 5000, b"--x"),
            ("multipart/form-data; boundary=\xff", b"--x"),
            ("application/json", b'{"a": "\\ud800"}'),
            (_FORM + "; charset=utf-16", b"a=%FF%FE"),
            ("\x00", b"\x00"),
        ):
            if problem := _problem(_send(client, url, method="POST", data=data, content_type=content_type)):
                problems.append(f"{row.name} as {content_type[:40]!r}: {problem}")
    _fail(problems)
    _every_page_still_opens(app, world)


def test_headers_of_every_shape_are_a_page_or_refused(app: Flask, world: World) -> None:
    """F-33: cookies, languages and sources that no browser sends."""
    values = [
        "\xff\xfe",
        "x" * 5000,
        "=;=;=",
        '"\\377"',
        "helpdesk=\xed\xa0\x80; helpdesk=a.b.c",
        "%00",
        "*;q=x",
        "zz-ZZ;q=9" * 99,
    ]
    problems = []
    for name in ("Cookie", "Accept-Language", "Accept", "User-Agent", "Referer", "Origin", "X-CSRFToken", "Range",
                 "If-None-Match", "If-Modified-Since", "HX-Request", "X-Forwarded-For", "Authorization"):  # fmt: skip
        for value in values:
            for client, url in ((world.browser("anonymous"), "/login"), (world.browser("admin"), "/tickets")):
                for method in ("GET", "POST"):
                    if problem := _problem(_send(client, url, method=method, headers={name: value})):
                        problems.append(f"{method} {url} with {name}: {value[:20]!r}: {problem}")
    _fail(problems)


NAUGHTY = [
    "\U0001f469\u200d\U0001f680 \u0645\u0631\u062d\u0628\u0627 \u202egnp \u05e9\u05dc\u05d5\u05dd",
    "Z\u0351\u036b\u0343 \u1e9e \ufb01 \u212b \u00c5 A\u030a",
    "<b>&amp;</b> \\' \" ` ; -- %s {{7*7}} ${7*7}",
    "line\r\nline\nline\rline\ttab",
    "\ufeffmark \u00a0space\u3000wide \u200bnothing",
    "\ufffd \ufffe \U0010ffff \u0378",
]


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_words_come_back_as_they_were_typed(world: World, text: str) -> None:
    """F-34: the round trip is equal, but for line ends, which forms send as CR LF, and spaces at both ends."""
    client = world.browser("admin")
    ticket_id = world.ticket()
    assert client.post(f"/tickets/{ticket_id}/comments", data={"body": text, "visibility": "public"}).status_code == 303
    with reading() as session:
        assert session.scalars(select(Comment.body)).one() == text.strip()
    assert client.get(f"/tickets/{ticket_id}").status_code == 200
    assert client.get(f"/tickets?{urlencode({'q': text.split()[0]})}").status_code == 200


def test_a_line_of_ten_megabytes_is_refused_with_words(world: World) -> None:
    """F-34: also as a file's content, which is kept whole."""
    client = world.browser("admin")
    ticket_id = world.ticket()
    line = b"x" * 10_000_000
    refused = client.post(f"/tickets/{ticket_id}/comments", data={"body": line.decode(), "visibility": "public"})
    assert refused.status_code == 413
    assert refused.text.strip()
    form = {"body": "See the file", "visibility": "public", "files": (io.BytesIO(line), "line.txt")}
    assert client.post(f"/tickets/{ticket_id}/comments", data=form).status_code == 303

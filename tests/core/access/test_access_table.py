"""The whole access table: every route, method and role; foreign and unknown ids; requests without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpdesk_core.extensions import limiter
from helpdesk_core.testing.desk import Desk
from tests.core.access.table import FOREIGN_ROWS, LOOKERS, PEOPLE, ROLES, ROWS, Row
from tests.core.access.world import UNKNOWN_ID, World, changed, dump, plain

_SAFE = {"GET", "HEAD", "OPTIONS"}
_REFUSED = {"403", "404", "409", "login"}


@pytest.fixture
def world(app: Flask, desk: Desk) -> World:
    """The desk, everybody with a password."""
    made = World(app, desk)
    made.give_passwords()
    return made


def _methods(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _arguments_of(app: Flask, endpoint: str) -> set[str]:
    return set().union(*(rule.arguments for rule in app.url_map.iter_rules(endpoint)))


def _url(app: Flask, endpoint: str, arguments: dict[str, int | str]) -> str:
    with app.test_request_context():
        return url_for(endpoint, **arguments)  # type: ignore[arg-type]


def _send(client: FlaskClient, row: Row, url: str, form: dict[str, Any]) -> TestResponse:
    limiter.reset()
    response = client.open(url, method=row.method, data=form if row.method not in _SAFE else None)
    response.get_data()
    response.close()
    return response


def _answer(response: TestResponse) -> str:
    """How the table calls a response."""
    if response.status_code in (301, 302, 303):
        return "login" if response.location.partition("?")[0] == "/login" else "ok"
    return "ok" if response.status_code == 200 else str(response.status_code)


def _nothing_wrong(wrong: list[str], before: dict[str, tuple[int, str]]) -> None:
    wrong += [f"a refused request changed the table {name}" for name in changed(before, dump())]
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_table_has_a_row_for_every_route_and_method(app: Flask) -> None:
    """OK-216, T-06: a new route needs a row, and a row its route."""
    assert {(row.endpoint, row.method) for row in ROWS} == _methods(app)
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


def test_every_route_with_a_number_has_a_row_of_foreign_and_unknown_ids(app: Flask) -> None:
    """T-06."""
    numbered = {
        (endpoint, method)
        for endpoint, method in _methods(app)
        if any(name.endswith("_id") for name in _arguments_of(app, endpoint))
    }
    assert {(row.endpoint, row.method) for row in FOREIGN_ROWS} == numbered


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_every_role_as_the_table_says(app: Flask, world: World, role: str) -> None:
    """OK-213, OK-214, OK-215, OK-216, OK-226, T-06: what is refused changes nothing either."""
    who = PEOPLE[role]

    def prepared(row: Row) -> tuple[str, dict[str, Any]]:
        arguments = world.arguments(_arguments_of(app, row.endpoint), who, kind=row.kind)
        form = world.form(row.endpoint, who, arguments) if row.method not in _SAFE else {}
        return _url(app, row.endpoint, arguments), form

    refused = [(row, *prepared(row)) for row in ROWS if row.answers[role] in _REFUSED]
    wrong: list[str] = []
    client = world.browser(who)
    before = dump()
    for row, url, form in refused:
        said = _answer(_send(client, row, url, form))
        if said != row.answers[role]:
            wrong.append(f"{row.name}: {said} instead of {row.answers[role]}")
    _nothing_wrong(wrong, before)
    for row in ROWS:
        if row.answers[role] in _REFUSED:
            continue
        url, form = prepared(row)
        said = _answer(_send(world.browser(who), row, url, form))
        if said != {"bye": "login"}.get(row.answers[role], row.answers[role]):
            wrong.append(f"{row.name}: {said} instead of {row.answers[role]}")
        if row.endpoint == "users.change_password":
            world.restore_password(who)
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("role", ["admin", "lead", "specialist", "contact"])
def test_foreign_and_unknown_ids_are_not_found(app: Flask, world: World, role: str) -> None:
    """T-06, T-07: a foreign id answers like one that no row has, in status and in words, and nothing changes."""
    who = LOOKERS.get(role, role)
    client = world.browser(who)
    prepared = []
    for row in FOREIGN_ROWS:
        names = _arguments_of(app, row.endpoint)
        real = world.arguments(names, who, theirs=True, kind=row.kind)
        unknown = {name: value if name == "kind" else UNKNOWN_ID for name, value in real.items()}
        form = world.form(row.endpoint, PEOPLE[role], real) if row.method not in _SAFE else {}
        prepared.append((row, real, unknown, form))
    wrong: list[str] = []
    before = dump()
    for row, real, unknown, form in prepared:
        missing = _send(client, row, _url(app, row.endpoint, unknown), form)
        if str(missing.status_code) != row.answers[f"unknown {role}"]:
            wrong.append(f"{row.name}: unknown id {missing.status_code}")
        wanted = row.answers.get(f"foreign {role}", "-")
        if wanted == "-":
            continue
        foreign = _send(client, row, _url(app, row.endpoint, real), form)
        if str(foreign.status_code) != wanted:
            wrong.append(f"{row.name}: foreign id {foreign.status_code} instead of {wanted}")
        if _plain(foreign) != _plain(missing):
            wrong.append(f"{row.name}: the pages of a foreign and of an unknown id differ")
        if "CANARY" in foreign.text:
            wrong.append(f"{row.name}: tells of a foreign object")
    _nothing_wrong(wrong, before)


def _plain(response: TestResponse) -> str:
    """A page without its token and without the address that was asked for."""
    return plain(response.text).replace(response.request.path, "PATH")


def test_what_is_seen_and_may_not_be_touched_is_forbidden(app: Flask, world: World) -> None:
    """T-06: 403, not 404, for somebody else's comment and shared view, a closed right on a ticket one sees."""
    client = world.browser("insider")
    ticket_id = world.ticket()
    comment_id = world.comment_on(ticket_id, world.desk.admin)
    view_id = world.view("insider", theirs=True, shared=True)
    before = dump()
    requests = [
        ("POST", f"/tickets/{ticket_id}/delete", {}),
        ("GET", f"/comments/{comment_id}/edit", {}),
        ("POST", f"/comments/{comment_id}/edit", {"body": "mine now"}),
        ("POST", f"/comments/{comment_id}/hide", {}),
        ("POST", f"/comments/{comment_id}/redact", {}),
        ("POST", f"/tickets/views/{view_id}/delete", {}),
    ]
    answers = {f"{method} {url}": client.open(url, method=method, data=form) for method, url, form in requests}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 403)
    assert changed(before, dump()) == []


def test_a_contact_reaches_no_note_and_no_file_of_one(app: Flask, world: World) -> None:
    """T-08, T-09, T-13: the customer's own ticket, but an internal word on it; and a public one made internal."""
    client = world.browser("customer")
    ticket_id = world.ticket()
    note = world.comment_on(ticket_id, world.desk.admin, internal=True)
    public = world.comment_on(ticket_id, world.desk.admin)
    assert client.get(f"/attachments/{world.file_of(note)}").status_code == 404
    assert client.get(f"/attachments/{world.file_of(public)}").status_code == 200
    assert world.browser("admin").post(f"/comments/{public}/hide").status_code == 303
    assert client.get(f"/attachments/{world.file_of(public)}").status_code == 404


# --- tokens -----------------------------------------------------------------------------------------------

_CSRF = {"WTF_CSRF_ENABLED": True}


def _token(client: FlaskClient, base_url: str | None = None) -> str:
    page = client.get("/account", base_url=base_url).text
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def unsafe(app: Flask, world: World) -> Iterator[list[tuple[Row, str, str, dict[str, Any]]]]:
    """Every route that changes something, with somebody who may use it, its address and an acceptable form."""
    rows = []
    for row in ROWS:
        if row.method in _SAFE:
            continue
        who = "customer" if row.endpoint.startswith("portal.") else "admin"
        arguments = world.arguments(_arguments_of(app, row.endpoint), who, kind=row.kind)
        rows.append((row, who, _url(app, row.endpoint, arguments), world.form(row.endpoint, who, arguments)))
    return rows


@pytest.mark.helpdesk(config=_CSRF)
@pytest.mark.parametrize(
    "case",
    ["no token", "foreign token", "made-up token", "json as text", "foreign origin", "null origin", "cross-site"],
)
def test_no_route_changes_anything_without_its_token(
    world: World, unsafe: list[tuple[Row, str, str, dict[str, Any]]], case: str
) -> None:
    """T-56: without a token, with another session's, with JSON sent as text, from another origin: 400, no change."""
    clients = {who: world.browser(who) for who in ("admin", "customer")}
    own = {who: _token(client) for who, client in clients.items()}
    foreign = _token(world.browser("lead"))
    sent: dict[str, dict[str, Any]] = {
        "no token": {},
        "foreign token": {"headers": {"X-CSRFToken": foreign}},
        "made-up token": {"headers": {"X-CSRFToken": "IjAwMDAi.aaaa.bbbb"}},
        "json as text": {"data": '{"csrf_token": "x", "body": "x"}', "content_type": "text/plain"},
        "foreign origin": {"headers": {"Origin": "https://evil.test"}},
        "null origin": {"headers": {"Origin": "null"}},
        "cross-site": {"headers": {"Sec-Fetch-Site": "cross-site"}},
    }
    wrong = []
    before = dump()
    for row, who, url, form in unsafe:
        request = {"data": dict(form), **sent[case]}
        if case in ("foreign origin", "null origin", "cross-site"):
            # The token is right: the browser's own word about where the request comes from decides.
            request["headers"] = {**request["headers"], "X-CSRFToken": own[who]}
        limiter.reset()
        answer = clients[who].open(url, method=row.method, **request)
        if answer.status_code != 400:
            wrong.append(f"{row.name}: {answer.status_code}")
    _nothing_wrong(wrong, before)


@pytest.mark.helpdesk(config=_CSRF)
def test_with_its_token_a_route_changes_what_it_is_for(app: Flask, world: World) -> None:
    """T-56: the refusals above are the token's doing and nothing else's."""
    client = world.browser("admin")
    token = _token(client)
    for number, headers in enumerate(
        ({}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"})
    ):
        form = {"subject": f"With a token {number}", "csrf_token": token}
        assert client.post("/tickets/new", data=form, headers=headers).status_code == 303, headers
    assert client.post("/account/language", data={"language": "ms"}, headers={"X-CSRFToken": token}).status_code == 303

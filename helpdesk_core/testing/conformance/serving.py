"""The plugin's pages and the core's, opened by everybody: what they answer, show, ask and leave behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.specs import BlueprintSpec
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import reading
from helpdesk_core.testing.conformance.stage import FOREIGN_CANARY, INTERNAL_CANARY, Running, Stage
from helpdesk_core.testing.conformance.working import FEW, grow
from helpdesk_core.testing.counting import Statements, count_queries, shortened
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.ui.guard import PUBLIC, SIGNED_IN, guard_of

MANY: Final = 1000
_PORTAL: Final = "core:portal:use"
#: Looking may move these: sessions, and what the reader has seen.
_MARKS: Final = frozenset({"user_session", "user_account", "ticket_read"})
_LEFT_OUT: Final = frozenset({"static", "auth.logout", "ui.palette"})
#: The core's pages with slots, or with a list that plugins take part in.
_WITH_SLOTS: Final = frozenset({
    "tickets.index", "tickets.card", "tickets.new", "tickets.inbox", "portal.index", "portal.card", "portal.new",
    "users.account", "users.show_employee", "customers.show_company", "customers.show_contact", "settings.index",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to one reader."""

    endpoint: str
    path: str
    status: int
    text: str


def _addresses(app: Flask, running: Running) -> Iterator[tuple[str, str]]:
    """Every GET address: numbers of tickets where one is asked for, else the first row."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in _LEFT_OUT or rule.endpoint.endswith(".static"):
            continue
        for values in _values(rule, running):
            built = app.url_map.bind("localhost").build(rule.endpoint, values)
            yield rule.endpoint, built


def _values(rule: Rule, running: Running) -> Iterator[dict[str, Any]]:
    open_arguments = rule.arguments - set(rule.defaults or ())
    tickets = (running.own_ticket, running.foreign_ticket) if "ticket_id" in open_arguments else (0,)
    for ticket in tickets:
        values: dict[str, Any] = {}
        for name in open_arguments:
            converter = type(rule._converters[name]).__name__
            values[name] = (
                ticket if name == "ticket_id" else 1 if converter in ("IntegerConverter", "FloatConverter") else "x"
            )
        try:
            rule.build(values)
        except Exception:  # a converter of the author's own: its pages are his own tests' business
            return
        yield values


def _client(running: Running, who: Actor | None) -> FlaskClient:
    client = running.app.test_client()
    if who is not None:
        sign_in(running.app, client, who)
    return client


def crawl(running: Running, client: FlaskClient) -> Iterator[Page]:
    """Open every GET address with *client*."""
    for endpoint, path in dict.fromkeys(_addresses(running.app, running)):
        yield _opened(client, endpoint, path)


def _opened(client: FlaskClient, endpoint: str, path: str, *, method: str = "GET") -> Page:
    try:
        with closing(client.open(path, method=method, query_string={"q": "canary"})) as answer:
            return Page(endpoint, path, answer.status_code, answer.get_data(as_text=True))
    except Exception as error:  # under test an error passes through the app: it is what the page would have said
        return Page(endpoint, path, 500, f"{type(error).__name__}: {error}")


def _mine(stage: Stage, endpoint: str) -> bool:
    blueprints = {spec.blueprint.name for spec in stage.registered() if isinstance(spec, BlueprintSpec)}
    return endpoint.partition(".")[0] in blueprints


def pages_answer_by_right(stage: Stage) -> Iterator[str]:
    """Nobody is let in without signing in, no customer into the desk, and no page breaks."""
    running = stage.running
    for who, name in (
        (None, "a visitor"),
        (running.desk.customer, "a customer"),
        (running.desk.admin, "an administrator"),
    ):
        for page in crawl(running, _client(running, who)):
            guard = guard_of(running.app, page.endpoint)
            if not _mine(stage, page.endpoint) or guard is None or guard == PUBLIC:
                continue
            if page.status >= 500:
                yield f"{page.path}: breaks for {name} with {page.text[:200]}. Mend the view or its template."
            elif who is None and page.status == 200:
                yield f"{page.path}: answers {name}. Guard the view itself, above any decorator that answers first."
            elif name == "a customer" and page.status == 200 and guard not in (_PORTAL, SIGNED_IN):
                yield (
                    f"{page.path}: answers {name}, though it asks for {guard}. Leave the guard as the outermost "
                    "decorator."
                )


def changes_need_the_token(stage: Stage) -> Iterator[str]:
    """Every POST without the CSRF token is refused."""
    running = stage.running
    client = _client(running, running.desk.admin)
    running.app.config["WTF_CSRF_ENABLED"] = True
    try:
        for rule in running.app.url_map.iter_rules():
            methods = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
            for values in _values(rule, running) if methods and _mine(stage, rule.endpoint) else ():
                path = running.app.url_map.bind("localhost").build(rule.endpoint, values, method=min(methods))
                status = _opened(client, rule.endpoint, path, method=min(methods)).status
                if status not in (400, 403):
                    yield (
                        f"{path}: changes something without the CSRF token (answered {status}). Take the "
                        "exemption "
                        "away and put the token into the form."
                    )
    finally:
        running.app.config["WTF_CSRF_ENABLED"] = False


def looking_changes_nothing(stage: Stage) -> Iterator[str]:
    """GET reads: mail scanners and prefetching browsers follow every link (T-55)."""
    running = stage.running
    client = _client(running, running.desk.admin)
    for endpoint, path in dict.fromkeys(_addresses(running.app, running)):
        if not _mine(stage, endpoint):
            continue
        before = _rows(running, stage)
        _opened(client, endpoint, path)
        after = _rows(running, stage)
        for table in sorted(name for name in before if before[name] != after[name]):
            yield f"{path}: GET changes {table}. Let a form post it, and change it in a view for POST."


def _rows(running: Running, stage: Stage) -> dict[str, list[Any]]:
    wanted = {name for name, table in metadata.tables.items() if table.info.get("owner") == stage.name}
    wanted |= {"ticket", "comment", "event"}
    with running.app.app_context(), reading() as session:
        return {
            name: sorted(map(repr, session.execute(select(metadata.tables[name])).all()))
            for name in sorted(wanted - _MARKS)
        }


def nothing_leaks(stage: Stage) -> Iterator[str]:
    """No internal comment reaches a customer, no foreign ticket somebody who may not see it (T-00, T-11)."""
    running = stage.running
    desk = running.desk
    readers = (
        (desk.customer, "the ticket's customer", (INTERNAL_CANARY, FOREIGN_CANARY)),
        (desk.stranger, "another customer", (INTERNAL_CANARY, FOREIGN_CANARY)),
        (desk.outsider, "a specialist who has nothing to do with the ticket", (INTERNAL_CANARY, FOREIGN_CANARY)),
        (None, "a visitor", (INTERNAL_CANARY, FOREIGN_CANARY)),
    )
    for who, name, canaries in readers:
        for page in crawl(running, _client(running, who)):
            for canary in canaries:
                if page.status < 400 and canary in page.text:
                    what = "an internal comment" if canary == INTERNAL_CANARY else "a ticket that is not theirs"
                    yield (
                        f"{page.path}: shows {what} to {name}. Leave out what comes from comments with `internal`, "
                        "and narrow "
                        "lists by visible(query, actor)."
                    )


def hooks_and_slots_do_not_fail(stage: Stage) -> Iterator[str]:
    """What the plugin contributes at read time arrives: nothing is skipped as broken."""
    running = stage.running
    for who in (running.desk.admin, running.desk.insider, running.desk.customer):
        for _ in crawl(running, _client(running, who)):
            pass
    statistics = running.app.extensions["helpdesk"].statistics
    for plugin, point in sorted(statistics.failures()):
        if plugin == stage.name:
            yield (
                f"{point}: {statistics.of(plugin, point).last_error}. It was left out of the page. Return what the "
                "hook's signature or the slot's context says."
            )


def pages_ask_equally_often(stage: Stage) -> Iterator[str]:
    """The number of statements is the same at 10 and at 1,000 rows: never one per row."""
    running = stage.running
    few = _statements(stage, running)
    with running.app.app_context():
        grow(stage, running, MANY)
    many = _statements(stage, running)
    for key, before in few.items():
        after = many[key]
        if len(after) > len(before):
            more = Counter(after) - Counter(before)
            asked, times = more.most_common(1)[0]
            yield (
                f"{key}: asks {len(before)} times at {FEW} rows and {len(after)} times at {MANY}. Load the page's rows "
                f"in one statement (`where(Model.ticket_id.in_(ids))`). {times} more of: {shortened(asked)}"
            )


def _statements(stage: Stage, running: Running) -> dict[str, Statements]:
    found: dict[str, Statements] = {}
    for who, name in ((running.desk.admin, "an administrator"), (running.desk.customer, "a customer")):
        client = _client(running, who)
        for endpoint, path in dict.fromkeys(_addresses(running.app, running)):
            if not (_mine(stage, endpoint) or endpoint in _WITH_SLOTS):
                continue
            _opened(client, endpoint, path)  # what is cached per process is read now
            with count_queries(running.app) as sent:
                _opened(client, endpoint, path)
            found[f"{path} ({name})"] = sent
    return found

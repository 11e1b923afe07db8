"""Filling an empty desk with the demonstration: people, the real incidents, and the tickets written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from mimetypes import guess_type
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import PluginFailed, Rejected
from helpdesk_core.contract.files import StoredFile
from helpdesk_core.contract.plugin import LoadedPlugin, PluginContext
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.demo.content import DATA, people, tickets
from helpdesk_core.demo.desk import ACTOR, find_desk, make_desk
from helpdesk_core.demo.incidents import demo_map, demo_records
from helpdesk_core.demo.tickets import add_ticket
from helpdesk_core.events.deliveries import importing
from helpdesk_core.imports.models import ImportRecord, ImportSource
from helpdesk_core.imports.services import ImportOptions, ImportResult, Reject, import_records
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.plugins.models import PluginRow
from helpdesk_core.plugins.states import PluginState
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.links import link_tickets
from helpdesk_core.tickets.models import Ticket, TicketRead
from helpdesk_core.users.models import Employee
from helpdesk_core.users.passwords import hash_password

PASSWORD = "helpdesk-demo"
#: Lines that the incidents give, about; for a progress bar.
INCIDENT_LINES = 2_700
_DESK, _TICKETS = "demo-desk", "demo-tickets"
_BATCH = 12
#: Who is the first employee of the demonstration; his role is the administrator's.
_ADMINISTRATOR = select(Employee.id, Employee.name).order_by(Employee.id).limit(1)
_FILE_LIMIT = 1024 * 1024
_TEXT_TYPES = {".log": "text/plain", ".csv": "text/csv"}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLogin:
    """A person of the demonstration who can sign in."""

    role: str
    name: str
    login: str
    password: str = PASSWORD


def demo_logins() -> list[DemoLogin]:
    """An administrator, a lead, a specialist and a customer."""
    roles: dict[str, DemoLogin] = {}
    for row in people()["employees"].values():
        if row.get("login"):
            roles.setdefault(row["role"], DemoLogin(role=row["role"], name=row["name"], login=row["email"]))
    customer = next(row for row in people()["contacts"].values() if row.get("login"))
    return [*roles.values(), DemoLogin(role="customer", name=customer["name"], login=customer["email"])]


def is_loaded() -> bool:
    """Whether the whole demonstration is in the database, with what the plugins add.

    Asked in a process that may hold no plugin's code: the enabled ones are those that the database names.
    """
    with reading() as session:
        enabled = select(PluginRow.name).where(PluginRow.state == PluginState.ENABLED.value)
        names = {*session.scalars(enabled), *current_runtime().plugins}
        return all(_finished(session, name) for name in (_TICKETS, *map(_plugin_source, names)))


def holds_demo() -> bool:
    """Whether the database was made for the demonstration, loaded to its end or not."""
    with reading() as session:
        return session.scalar(select(ImportSource.id).where(ImportSource.name == _DESK)) is not None


def load_demo(on_progress: Progress) -> None:
    """Load what is missing of the demonstration; broken off anywhere, it goes on there.

    Raises ``Rejected`` where the database is in use for something else, ``PluginFailed`` where a plugin's part fails.
    """
    with reading() as session:
        loaded = _finished(session, _TICKETS)
    if not loaded:
        _load_core(on_progress)
    _load_plugins()


def _load_core(on_progress: Progress) -> None:
    now = utcnow()
    with reading() as session:
        made = _finished(session, _DESK)
        if not made and session.scalar(select(func.count()).select_from(Ticket)):
            raise Rejected("There are tickets in this database already: the demonstration wants an empty one.")
        if not made and session.scalar(select(func.count()).select_from(Employee)):
            raise Rejected("There are employees in this database already: the demonstration wants an empty one.")
    if not made:
        password_hash = hash_password(PASSWORD)  # slow on purpose: outside the transaction
        with unit_of_work() as session:
            make_desk(session, password_hash)
            _source(session, _DESK).finished_at = now
    _load_incidents(now, on_progress)
    stories = tickets()
    for first in range(0, len(stories), _BATCH):
        _add_tickets(stories[first : first + _BATCH], now)
        on_progress("tickets", min(first + _BATCH, len(stories)), len(stories))
    with unit_of_work() as session, importing(session):
        _link(session)
        _mark_seen(session, now)
        _source(session, _TICKETS).finished_at = now


def _load_plugins() -> None:
    """What each loaded plugin adds, each in a transaction of its own."""
    with reading() as session:
        missing = _missing_plugins(session)
    for plugin in missing:
        with unit_of_work() as session:
            actor = Actor(ActorKind.EMPLOYEE, *session.execute(_ADMINISTRATOR).one())
            context = PluginContext(name=plugin.name, session=session, actor=actor, settings=plugin.settings)
            try:
                plugin.instance.on_demo(context)
                session.flush()
            except Exception as error:
                raise PluginFailed(plugin.name, "on_demo", str(error)) from error
            _source(session, _plugin_source(plugin.name)).finished_at = utcnow()


def _missing_plugins(session: Session) -> list[LoadedPlugin]:
    loaded = current_runtime().plugins.values()
    return [plugin for plugin in loaded if not _finished(session, _plugin_source(plugin.name))]


def _plugin_source(name: str) -> str:
    return f"demo-plugin-{name}"


def _load_incidents(now: datetime, on_progress: Progress) -> None:
    def refuse(reject: Reject) -> None:
        raise RuntimeError(f"the demonstration's own incidents, line {reject.line}: {reject.field} {reject.reason}")

    def tell(result: ImportResult) -> None:
        on_progress("incidents", result.lines, INCIDENT_LINES)

    with reading() as session:
        if _finished(session, demo_map().source):
            return
    options = ImportOptions(create_groups=False, create_companies=True, create_people=True, batch=300)
    import_records(demo_records(people(), now=now), demo_map(), options, on_reject=refuse, on_batch=tell)


def _add_tickets(stories: Sequence[Mapping[str, Any]], now: datetime) -> None:
    with reading() as session:
        done = set(_numbers(session))
    missing = [story for story in stories if story["key"] not in done]
    # Stories of the last weeks: nobody is told of them as if they happened now.
    with _stored(missing) as files, unit_of_work() as session, importing(session):
        source = _source(session, _TICKETS)
        desk = find_desk(session)
        for story in missing:
            number = add_ticket(session, story, desk, files, now=now)
            session.add(
                ImportRecord(
                    source_id=source.id, external_id=story["key"], ticket_id=number, last_values={}, imported_at=now
                )
            )


@contextmanager
def _stored(stories: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, StoredFile]]:
    """The files of these tickets in the storage; taken out again when the tickets do not go in."""
    parts = [part for story in stories for part in (story, *story.get("step", ()))]
    files: dict[str, StoredFile] = {}
    try:
        for name in {name for part in parts for name in part.get("files", ())}:
            kind = _TEXT_TYPES.get(name[name.rfind(".") :]) or guess_type(name)[0] or "application/octet-stream"
            with (DATA / "files" / name).open("rb") as stream:
                files[name] = storage().store(stream, name=name, content_type=kind, limit=_FILE_LIMIT)
        yield files
    except BaseException:
        for file in files.values():
            storage().delete(file.stored_name)
        raise


def _link(session: Session) -> None:
    numbers = _numbers(session)
    for story in tickets():
        for other in story.get("links", ()):
            if story["key"] in numbers and other in numbers:
                source, target = (session.get_one(Ticket, numbers[key]) for key in (story["key"], other))
                link_tickets(session, source, target, "related", actor=ACTOR)


def _mark_seen(session: Session, now: datetime) -> None:
    """Whoever can sign in has seen what is older than a day; otherwise the whole list would be new to him."""
    logins = [row["email"] for row in people()["employees"].values() if row.get("login")]
    old = (
        select(Employee.id, Ticket.id, Ticket.activity_at)
        .select_from(Employee)
        .join(Ticket, Ticket.activity_at < now - timedelta(days=1))
        .where(Employee.email.in_(logins))
    )
    session.execute(insert(TicketRead).from_select(["employee_id", "ticket_id", "seen_at"], old))


def _numbers(session: Session) -> dict[str, int]:
    """The tickets written by hand that are in, by key."""
    query = (
        select(ImportRecord.external_id, ImportRecord.ticket_id)
        .join(ImportSource, ImportSource.id == ImportRecord.source_id)
        .where(ImportSource.name == _TICKETS, ImportRecord.ticket_id.is_not(None))
    )
    return {key: number for key, number in session.execute(query) if number is not None}


def _finished(session: Session, name: str) -> bool:
    query = select(ImportSource.id).where(ImportSource.name == name, ImportSource.finished_at.is_not(None))
    return session.scalar(query) is not None


def _source(session: Session, name: str) -> ImportSource:
    source = session.scalar(select(ImportSource).where(ImportSource.name == name))
    if source is None:
        source = ImportSource(name=name, started_at=utcnow())
        session.add(source)
        session.flush()
    return source

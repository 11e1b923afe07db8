"""The import itself: records in batches, each batch one transaction together with the memory of what went in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import HelpdeskError, Invalid, TryLater
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.deliveries import importing as importing_events
from helpdesk_core.imports.applying import Applier
from helpdesk_core.imports.mapping import ImportMap
from helpdesk_core.imports.models import ImportChange, ImportRecord, ImportSource
from helpdesk_core.imports.reading import Record
from helpdesk_core.imports.rows import TicketRow, read_row

MAX_BATCH = 5_000
_ATTEMPTS = 4


_T = TypeVar("_T")


class Outcome(StrEnum):
    """What became of a line."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to import: lines per transaction, whether to keep anything, and what to do with unknown names."""

    create_groups: bool
    create_companies: bool
    create_people: bool
    batch: int = 200
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that did not go in: its number, the field at fault ("" for the line), the reason, and its text."""

    line: int
    field: str
    reason: str
    raw: str


@dataclass(slots=True)
class ImportResult:
    """How many lines ended in which way; their sum is the number of lines read."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return sum(self.counts.values())


class _TakeBack(Exception):
    """Everything a dry run did is rolled back."""


def import_records(
    records: Iterable[Record],
    mapping: ImportMap,
    options: ImportOptions,
    *,
    on_reject: Callable[[Reject], None],
    on_batch: Callable[[ImportResult], None],
) -> ImportResult:
    """Import *records*; each batch is committed on its own, a dry run not at all.

    Rejected lines are told by *on_reject* once their batch is in. Raises ``Invalid`` or ``Rejected`` where the map or
    the file cannot be used, and ``TryLater`` when the database stayed busy; what was committed stays, and the same
    call later goes on from there.
    """
    if not 1 <= options.batch <= MAX_BATCH:
        raise Invalid({"batch": [f"must be 1 to {MAX_BATCH}"]})
    importing = _Importing(mapping, options)
    result = ImportResult()

    def settle(outcomes: list[Outcome], rejects: list[Reject]) -> None:
        for outcome in outcomes:
            result.counts[outcome] += 1
        for reject in rejects:
            on_reject(reject)
        on_batch(result)

    if options.dry_run:
        with suppress(_TakeBack), unit_of_work() as session, importing_events(session):
            importing.begin(session)
            for batch in _batched(records, options.batch):
                settle(*importing.apply(session, batch))
                session.flush()
                session.expunge_all()  # the memory of a run does not grow with the file
            raise _TakeBack
        return result
    _committed(importing.begin)
    for batch in _batched(records, options.batch):
        settle(*_committed(importing.apply, batch))
    _committed(importing.finish)
    return result


def _batched(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    iterator = iter(records)
    while batch := list(islice(iterator, size)):
        yield batch


def _committed(step: Callable[..., _T], *args: object) -> _T:
    """Run *step* in a transaction of its own; while the database is busy, a few times more."""
    for attempt in range(_ATTEMPTS):
        try:
            with unit_of_work() as session, importing_events(session):
                return step(session, *args)
        except TryLater:
            if attempt + 1 == _ATTEMPTS:
                raise
            time.sleep(2**attempt)
    raise AssertionError("the last attempt returns or raises")


class _Importing:
    """One run: it knows the map, and in each batch which foreign tickets and changes are here already."""

    def __init__(self, mapping: ImportMap, options: ImportOptions) -> None:
        self._map = mapping
        self._applier = Applier(
            mapping,
            create_groups=options.create_groups,
            create_companies=options.create_companies,
            create_people=options.create_people,
        )

    def begin(self, session: Session) -> None:
        """Make what the map needs: the source, its statuses and fields."""
        if session.scalar(select(ImportSource.id).where(ImportSource.name == self._map.source)) is None:
            with suppress(IntegrityError), session.begin_nested():  # another run may be beginning too
                session.add(ImportSource(name=self._map.source, started_at=utcnow()))
        self._lock_source(session)
        self._applier.prepare(session)

    def finish(self, session: Session) -> None:
        """Note that the end of the file was reached."""
        self._lock_source(session).finished_at = utcnow()

    def apply(self, session: Session, batch: list[Record]) -> tuple[list[Outcome], list[Reject]]:
        """Apply a batch, each line in a savepoint of its own, so that a bad one goes alone."""
        source = self._lock_source(session)
        self._applier.enter()
        rows, rejects = self._read(batch)
        known = _known(session, source, rows)
        outcomes = [Outcome.REJECTED] * (len(batch) - len(rows))
        for row in rows:
            try:
                outcomes.append(self._apply_row(session, source, row, known))
            except (HelpdeskError, IntegrityError, DataError) as error:
                if isinstance(error, TryLater):
                    raise
                self._applier.settle(kept=False)
                outcomes.append(Outcome.REJECTED)
                rejects.extend(_rejects(row, error))
        return outcomes, sorted(rejects, key=lambda reject: reject.line)

    def _lock_source(self, session: Session) -> ImportSource:
        # Two runs of one source take turns batch by batch, so neither makes a ticket that the other just made.
        query = select(ImportSource).where(ImportSource.name == self._map.source).with_for_update()
        return session.scalars(query).one()

    def _read(self, batch: list[Record]) -> tuple[list[TicketRow], list[Reject]]:
        rows, rejects, now = [], [], utcnow()
        for record in batch:
            try:
                rows.append(read_row(record, self._map, now=now))
            except Invalid as error:
                rejects.extend(_rejects(record, error))
        return rows, rejects

    def _apply_row(self, session: Session, source: ImportSource, row: TicketRow, known: _Known) -> Outcome:
        record = known.records.get(row.external_id)
        if record is not None and (record.ticket_id is None or (row.external_id, row.change_key) in known.changes):
            return Outcome.UNCHANGED
        with session.begin_nested():
            if record is None:
                outcome = Outcome.CREATED
                ticket_id = self._applier.create(session, row)
                record = ImportRecord(
                    source_id=source.id,
                    external_id=row.external_id,
                    ticket_id=ticket_id,
                    last_values=dict(row.values),
                    imported_at=utcnow(),
                )
                session.add(record)
                session.flush()
            else:
                changed = self._applier.change(session, row, record)
                outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
                if changed:
                    record.last_values = {**record.last_values, **row.values}
                    record.imported_at = utcnow()
            if self._map.kind == "history":
                session.add(ImportChange(record_id=record.id, change_key=row.change_key, line=row.line))
        self._applier.settle(kept=True)
        if self._map.kind == "history":
            known.changes.add((row.external_id, row.change_key))
        known.records[row.external_id] = record
        return outcome


@dataclass(frozen=True, slots=True)
class _Known:
    records: dict[str, ImportRecord]
    changes: set[tuple[str, str]]


def _known(session: Session, source: ImportSource, rows: list[TicketRow]) -> _Known:
    """The foreign tickets and changes of *rows* that were imported before: two queries for a batch."""
    ids = {row.external_id for row in rows}
    found = session.scalars(
        select(ImportRecord).where(ImportRecord.source_id == source.id, ImportRecord.external_id.in_(ids))
    )
    records = {record.external_id: record for record in found}
    by_id = {record.id: external_id for external_id, record in records.items()}
    keys = {row.change_key for row in rows if row.change_key and row.external_id in records}
    if not keys:
        return _Known(records, set())
    done = session.execute(
        select(ImportChange.record_id, ImportChange.change_key).where(
            ImportChange.record_id.in_(by_id), ImportChange.change_key.in_(keys)
        )
    )
    return _Known(records, {(by_id[record_id], key) for record_id, key in done})


def _rejects(row: TicketRow | Record, error: Exception) -> list[Reject]:
    if isinstance(error, Invalid):
        return [
            Reject(row.line, name, message, row.raw) for name, messages in error.errors.items() for message in messages
        ]
    reason = str(error) if isinstance(error, HelpdeskError) else "the database refused it"
    return [Reject(row.line, "", reason, row.raw)]

"""Types and priorities as every process keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.db.reference import cached
from helpdesk_core.i18n.terms import term
from helpdesk_core.tickets.models import Priority, TicketType, TypeStatus


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A ticket type; ``statuses`` are the keys its tickets may go to, all where it names none (PY-34)."""

    id: int
    key: str
    name: str
    internal: bool
    active: bool
    statuses: frozenset[str]

    @property
    def label(self) -> str:
        """What is shown."""
        return term("type", self.key, self.name)

    def offers(self, status_key: str) -> bool:
        """Whether tickets of this type may go to the status."""
        return not self.statuses or status_key in self.statuses


@dataclass(frozen=True, slots=True)
class PriorityInfo:
    """A priority; the smallest rank is the most urgent."""

    id: int
    key: str
    name: str
    rank: int
    colour: str
    is_default: bool
    active: bool

    @property
    def label(self) -> str:
        """What is shown."""
        return term("priority", self.key, self.name)


@dataclass(frozen=True, slots=True)
class TicketCatalog:
    """Types in their order and priorities by rank, by id."""

    types: Mapping[int, TypeInfo]
    priorities: Mapping[int, PriorityInfo]

    @property
    def default_priority(self) -> PriorityInfo:
        """The priority of a ticket that names none."""
        chosen = (priority for priority in self.priorities.values() if priority.is_default)
        return next(chosen, None) or next(iter(self.priorities.values()))


def _load(session: Session) -> TicketCatalog:
    subsets: dict[int, set[str]] = {}
    for type_id, status_key in session.execute(select(TypeStatus.type_id, TypeStatus.status_key)):
        subsets.setdefault(type_id, set()).add(status_key)
    types = session.execute(
        select(TicketType.id, TicketType.key, TicketType.name, TicketType.internal, TicketType.active).order_by(
            TicketType.position, TicketType.id
        )
    )
    priorities = session.execute(
        select(
            Priority.id,
            Priority.key,
            Priority.name,
            Priority.rank,
            Priority.colour,
            Priority.is_default,
            Priority.active,
        ).order_by(Priority.rank, Priority.id)
    )
    return TicketCatalog(
        MappingProxyType({row.id: TypeInfo(*row, frozenset(subsets.get(row.id, ()))) for row in types}),
        MappingProxyType({row.id: PriorityInfo(*row) for row in priorities}),
    )


def ticket_catalog() -> TicketCatalog:
    """The types and priorities as they are now."""
    return cached("tickets", _load)

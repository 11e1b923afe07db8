"""Types and priorities as every process keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.db.reference import cached
from helpdesk_core.tickets.models import Priority, TicketType


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A ticket type."""

    id: int
    key: str
    name: str
    internal: bool
    active: bool


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
        return self.name


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
        MappingProxyType({row.id: TypeInfo(*row) for row in types}),
        MappingProxyType({row.id: PriorityInfo(*row) for row in priorities}),
    )


def ticket_catalog() -> TicketCatalog:
    """The types and priorities as they are now."""
    return cached("tickets", _load)

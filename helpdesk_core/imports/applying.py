"""From a row to a ticket, or to a change of one, through the services that every other change goes through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.db.types import utcnow
from helpdesk_core.imports.directory import Directory
from helpdesk_core.imports.mapping import ImportMap
from helpdesk_core.imports.models import ImportRecord
from helpdesk_core.imports.preparing import prepare
from helpdesk_core.imports.rows import TicketRow, Value
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import ChangeTicket, CreateTicket, Stamp, TransitionTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import change_ticket, create_ticket, transition_ticket

#: How a ticket's command calls the field that a row knows under another name; the rest is spelt the same.
_COMMAND_NAMES = {
    "priority": "priority_id",
    "type": "type_id",
    "company": "company_id",
    "contact": "contact_id",
    "contact_email": "contact_id",
    "contact_phone": "contact_id",
    "group": "group_id",
    "assignee": "assignee_id",
}
_MAX_METHOD = 40


class Applier:
    """Applies rows in the name of the import."""

    def __init__(self, mapping: ImportMap, *, create_groups: bool, create_companies: bool, create_people: bool) -> None:
        self._map = mapping
        self._actor = Actor(ActorKind.IMPORT, None, f"import: {mapping.source}")
        self._directory = Directory(
            create_groups=create_groups,
            create_companies=create_companies,
            create_people=create_people,
            actor=self._actor,
        )

    def enter(self) -> None:
        """A new transaction begins."""
        self._directory.enter()

    def prepare(self, session: Session) -> None:
        """Make the statuses and fields that the map names."""
        prepare(session, self._map, actor=self._actor)

    def settle(self, *, kept: bool) -> None:
        """The last row stays, or was taken back."""
        self._directory.keep(kept=kept)

    def create(self, session: Session, row: TicketRow) -> int:
        """Register the ticket of *row* in its first status; returns its number. Raises ``HelpdeskError``."""
        values = self._command_values(session, row.values, row.values)
        custom = {name.removeprefix("field."): values.pop(name) for name in list(values) if name.startswith("field.")}
        method = str(row.values.get("method", "import"))
        if len(method) > _MAX_METHOD:
            raise Invalid({"method": [f"is longer than {_MAX_METHOD} characters"]})
        status = row.values.get("status")
        command = CreateTicket(
            **values,  # type: ignore[arg-type]  # the names and types are those of _command_value
            field_values=custom,
            registration_method=method,
            status_key=str(status) if status is not None else None,
            stamp=self._stamp(
                row.registered_at or row.changed_at,
                row.author,
                row.values,
                cast("int | None", values.get("contact_id")),
            ),
        )
        return create_ticket(session, command, actor=self._actor).id

    def change(self, session: Session, row: TicketRow, record: ImportRecord) -> bool:
        """Apply what differs from the last row about this ticket; returns whether anything does."""
        before = record.last_values
        now: dict[str, Value] = {**before, **row.values}
        differing = [name for name, value in row.values.items() if before.get(name) != value]
        if not differing:
            return False
        ticket = session.get_one(Ticket, record.ticket_id)
        stamp = self._stamp(row.changed_at, row.changed_by, now, ticket.contact_id)
        values = self._command_values(session, now, differing)
        if "group" in differing and "assignee" not in row.values and ticket.assignee_id is not None:
            values["assignee_id"] = None  # the new group's work is nobody's yet
        if values:
            change_ticket(session, ticket, ChangeTicket(values=values, stamp=stamp), actor=self._actor)
        if "status" in differing:
            transition_ticket(session, ticket, TransitionTicket(to=str(now["status"]), stamp=stamp), actor=self._actor)
        return True

    def _command_values(self, session: Session, values: Mapping[str, Value], names: Iterable[str]) -> dict[str, object]:
        """The values of *names* as the ticket's commands take them."""
        wanted = {_command_name(name) for name in names} - {"status", "method"}
        return {name: self._command_value(session, name, values) for name in sorted(wanted)}

    def _command_value(self, session: Session, name: str, values: Mapping[str, Value]) -> object:
        def text(field: str) -> str | None:
            value = values.get(field)
            return str(value) if value is not None else None

        match name:
            case "tags":
                return tuple(values["tags"])
            case "due_at":
                return datetime.fromisoformat(str(values["due_at"]))
            case "company_id":
                return self._company(session, values)
            case "contact_id":
                contact = text("contact") or text("contact_email") or text("contact_phone") or ""
                company_id = self._company(session, values)
                return self._directory.contact(
                    session, contact, text("contact_email"), text("contact_phone"), company_id
                )
            case "group_id":
                return self._directory.group(session, str(values["group"]))
            case "assignee_id":
                group = text("group")
                group_id = self._directory.group(session, group) if group else None
                return self._directory.employee(session, str(values["assignee"]), group_id)
            case "priority_id":
                return _key_id("priority", str(values["priority"]))
            case "type_id":
                return _key_id("type", str(values["type"]))
        return values[f"custom.{name.removeprefix('field.')}"] if name.startswith("field.") else values[name]

    def _stamp(
        self, at: datetime | None, name: str | None, values: Mapping[str, Value], contact_id: int | None
    ) -> Stamp:
        """When and by whom: an employee or the ticket's contact where *name* is theirs, else only the name."""
        at = at or utcnow()
        if name is None:
            return Stamp(at=at)
        employee_id = self._directory.known_employee(name)
        if employee_id is not None:
            return Stamp(at=at, employee_id=employee_id, label=name)
        own = name in (values.get("contact"), values.get("contact_email"))
        return Stamp(at=at, contact_id=contact_id if own else None, label=name)

    def _company(self, session: Session, values: Mapping[str, Value]) -> int | None:
        return self._directory.company(session, str(values["company"])) if "company" in values else None


def _command_name(name: str) -> str:
    """How the ticket's commands call a field of a row: ``custom.x`` is ``field.x``."""
    return name.replace("custom.", "field.", 1) if name.startswith("custom.") else _COMMAND_NAMES.get(name, name)


def _key_id(field: str, key: str) -> int:
    catalog = ticket_catalog()
    known = catalog.priorities if field == "priority" else catalog.types
    for info in known.values():
        if info.key == key:
            return info.id
    raise Invalid({field: [f"there is no {field} {key!r}"]})

"""The tickets written by hand, put into the desk as they happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from helpdesk_core.contract.files import StoredFile
from helpdesk_core.demo.clock import moment, timeline
from helpdesk_core.demo.content import people
from helpdesk_core.demo.desk import ACTOR, Desk
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import AddComment, CreateTicket, Stamp, TransitionTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import create_ticket, transition_ticket

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
Files = Mapping[str, StoredFile]


def add_ticket(session: Session, story: Mapping[str, Any], desk: Desk, files: Files, *, now: datetime) -> int:
    """Put the ticket of *story* in with its whole conversation; returns its number."""
    steps: Sequence[Mapping[str, Any]] = story.get("step", ())
    times = timeline(story["created"], [step["after"] for step in steps], now=now, zone=ZONE)
    ticket = create_ticket(session, _command(story, desk, files, times[0], now), actor=ACTOR)
    for step, at in zip(steps, times[1:], strict=True):
        _add_step(session, ticket, step, story, desk, files, at, now)
    return ticket.id


def _command(story: Mapping[str, Any], desk: Desk, files: Files, at: datetime, now: datetime) -> CreateTicket:
    catalog = ticket_catalog()
    author = story["contact"] if story["by"] == "contact" else story["by"]
    observers = story.get("observers", ())
    values: dict[str, object] = dict(story.get("fields", {}))
    if "visit_date" in values:
        values["visit_date"] = moment(str(values["visit_date"]), now=now, zone=ZONE).astimezone(ZONE).date()
    return CreateTicket(
        subject=story["subject"],
        description=story["description"].strip(),
        type_id=next(kind.id for kind in catalog.types.values() if kind.key == f"core.{story['type']}"),
        priority_id=next(level.id for level in catalog.priorities.values() if level.key == f"core.{story['priority']}"),
        company_id=desk.companies.get(story.get("company", "")),
        contact_id=desk.contacts.get(story.get("contact", "")),
        assignee_id=desk.employees.get(story.get("assignee", "")),
        group_id=desk.groups.get(story.get("group", "")),
        due_at=moment(story["due"], now=now, zone=ZONE) if "due" in story else None,
        tags=tuple(story.get("tags", ())),
        observer_employee_ids=tuple(desk.employees[key] for key in observers if key in desk.employees),
        observer_group_ids=tuple(desk.groups[key] for key in observers if key in desk.groups),
        field_values=values,
        files=tuple(files[name] for name in story.get("files", ())),
        registration_method=story["method"],
        stamp=_stamp(author, desk, at),
    )


def _add_step(
    session: Session,
    ticket: Ticket,
    step: Mapping[str, Any],
    story: Mapping[str, Any],
    desk: Desk,
    files: Files,
    at: datetime,
    now: datetime,
) -> None:
    comment = AddComment(
        body=(step.get("text") or step["note"]).strip(),
        internal="note" in step,
        files=tuple(files[name] for name in step.get("files", ())),
        registration_method="portal" if step["who"] in desk.contacts else "ui",
        stamp=_stamp(step["who"], desk, at),
    )
    add_comment(session, ticket, comment, actor=ACTOR)
    if "status" in step:
        # A customer says that it works; the status is set by the one who has the ticket.
        setter = step["who"] if step["who"] in desk.employees else story["assignee"]
        command = TransitionTicket(
            to=f"service_desk.{step['status']}",
            until_at=moment(step["until"], now=now, zone=ZONE) if "until" in step else None,
            stamp=_stamp(setter, desk, at + timedelta(minutes=1)),
        )
        transition_ticket(session, ticket, command, actor=ACTOR)


def _stamp(key: str, desk: Desk, at: datetime) -> Stamp:
    if key in desk.employees:
        return Stamp(at=at, employee_id=desk.employees[key], label=people()["employees"][key]["name"])
    return Stamp(at=at, contact_id=desk.contacts.get(key), label=people()["contacts"][key]["name"])

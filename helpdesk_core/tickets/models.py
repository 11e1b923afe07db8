"""Tickets and what belongs to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import JsonValue, UtcDateTime

_WAITS = text("until_at IS NOT NULL")


class TicketType(Model):
    """A type; an *internal* one never reaches the customer (OK-057)."""

    __tablename__ = "ticket_type"
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    internal: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=100)


class TypeStatus(Model):
    """A status that tickets of one type may go to (PY-34); a type without a row may go to every status."""

    __tablename__ = "ticket_type_status"
    __reference__ = True

    type_id: Mapped[int] = mapped_column(ForeignKey("ticket_type.id", ondelete="CASCADE"), primary_key=True)
    status_key: Mapped[str] = mapped_column(ForeignKey("status.key", ondelete="CASCADE"), primary_key=True)


class Priority(Model):
    """A priority; ``rank`` orders them, the smallest is the most urgent (OK-050)."""

    __tablename__ = "priority"
    __reference__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    rank: Mapped[int]
    colour: Mapped[str] = mapped_column(String(7))
    is_default: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class Ticket(Model):
    """A request; its id is its number.

    ``version`` grows with every change of a field. ``needs_answer`` makes it bold: nobody has answered yet, or the
    contact spoke last (OK-009). ``until_at`` is when it returns by itself from a status that asks until when (OK-040).
    ``activity_at`` and ``activity_by`` tell who has not seen the last thing that happened.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_updated_at_id", "updated_at", "id"),
        Index("ix_ticket_created_at_id", "created_at", "id"),
        Index("ix_ticket_status_key_updated_at_id", "status_key", "updated_at", "id"),
        Index("ix_ticket_assignee_id_updated_at_id", "assignee_id", "updated_at", "id"),
        Index("ix_ticket_group_id_updated_at_id", "group_id", "updated_at", "id"),
        Index("ix_ticket_company_id_updated_at_id", "company_id", "updated_at", "id"),
        Index("ix_ticket_contact_id_updated_at_id", "contact_id", "updated_at", "id"),
        Index("ix_ticket_status_key_solved_at", "status_key", "solved_at"),
        # Only the few that wait for a time: what is due to return is found without looking at the others.
        Index("ix_ticket_until_at", "until_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(250))
    description: Mapped[str] = mapped_column(Text, default="")
    type_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_type.id"), index=True)
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"), index=True)
    status_key: Mapped[str] = mapped_column(ForeignKey("status.key"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="SET NULL"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id", ondelete="SET NULL"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("employee_group.id", ondelete="SET NULL"))
    author_employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id", ondelete="SET NULL"), index=True)
    author_contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    author_label: Mapped[str] = mapped_column(String(200), default="")
    registration_method: Mapped[str] = mapped_column(String(40))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    solved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activity_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activity_by: Mapped[str] = mapped_column(String(40), default="")
    needs_answer: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class TicketObserver(Model):
    """An employee or a group that follows a ticket (OK-066)."""

    __tablename__ = "ticket_observer"
    __table_args__ = (
        UniqueConstraint("ticket_id", "employee_id"),
        UniqueConstraint("ticket_id", "group_id"),
        CheckConstraint("(employee_id IS NULL) <> (group_id IS NULL)", name="one_observer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("employee_group.id", ondelete="CASCADE"), index=True)


class Tag(Model):
    """A word to find tickets by, kept in lower case."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)


class TicketTag(Model):
    """A tag on a ticket."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True)


class TicketLink(Model):
    """Two tickets that belong together; ``kind`` is related, parent, duplicate or follow_up."""

    __tablename__ = "ticket_link"
    __table_args__ = (UniqueConstraint("source_id", "target_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))


class Comment(Model):
    """What somebody said on a ticket: public, or internal and then seen by employees only (OK-071)."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_ticket_id_created_at_id", "ticket_id", "created_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool]
    author_employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id", ondelete="SET NULL"))
    author_contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    author_label: Mapped[str] = mapped_column(String(200))
    registration_method: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    redacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class CommentRevision(Model):
    """What a comment said before an edit; redacting empties these too."""

    __tablename__ = "comment_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool]
    editor_label: Mapped[str] = mapped_column(String(200))
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attachment(Model):
    """A file of a ticket or comment, stored under a name of ours; it shares its comment's visibility (OK-070)."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    internal: Mapped[bool]
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TicketRead(Model):
    """Up to when an employee has seen a ticket."""

    __tablename__ = "ticket_read"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactRead(Model):
    """Up to when a contact has seen a ticket."""

    __tablename__ = "contact_read"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedView(Model):
    """A kept filter of the list, personal or shared by somebody who may (``owner_id`` none: the desk's own)."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    shared: Mapped[bool] = mapped_column(default=False)
    filters: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    position: Mapped[int] = mapped_column(default=100)


class ListColumns(Model):
    """The columns that one employee chose for one view (OK-047); ``view_key`` is ``default`` or the view's id."""

    __tablename__ = "list_columns"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id", ondelete="CASCADE"), primary_key=True)
    view_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    columns: Mapped[list[str]] = mapped_column(JsonValue)


class CannedGroup(Model):
    """A case that canned answers are kept under (PY-24)."""

    __tablename__ = "canned_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    position: Mapped[int] = mapped_column(default=100)


class CannedAnswer(Model):
    """A text for a frequent case (PY-23)."""

    __tablename__ = "canned_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("canned_group.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=100)

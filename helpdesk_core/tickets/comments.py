"""The commands of comments: add, edit, redact, make internal."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import can, require
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Conflict, FieldConflict, Forbidden, Invalid, NotFound, Rejected, TooLarge
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import CommentDraft
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import Audience, record
from helpdesk_core.inbound.forgetting import forget_originals
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.search.services import index_comment
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.commands import MAX_FILES, MAX_TEXT, AddComment, TransitionTicket
from helpdesk_core.tickets.models import Attachment, Comment, CommentRevision, Ticket
from helpdesk_core.tickets.relations import attach
from helpdesk_core.tickets.replies import take_reply
from helpdesk_core.tickets.services import acting, get_ticket, touch, transition_ticket
from helpdesk_core.tickets.steps import finish_target
from helpdesk_core.tickets.validation import check_text

_READ_INTERNAL = "core:ticket:read_internal"


def add_comment(session: Session, ticket: Ticket, command: AddComment, *, actor: Actor) -> Comment:
    """Add a comment and return it; with ``finish`` the ticket also moves to its finish target, in one transaction.

    A customer's reply may move the ticket, or start a new one that the comment then belongs to (decision 2, PY-13,
    UR-24).
    """
    require(actor, "core:ticket:note" if command.internal else "core:ticket:comment", ticket)
    body = _checked_body(command.body, empty=bool(command.files))
    if len(command.files) > MAX_FILES:
        raise TooLarge("files", limit=MAX_FILES)
    draft = CommentDraft(
        text=body, internal=command.internal, attachment_names=tuple(file.name for file in command.files)
    )
    hooks().helpdesk_before_comment_add(session=session, ticket=ticket, draft=draft, actor=actor)
    if actor.kind is ActorKind.CONTACT and not command.internal:
        ticket = take_reply(session, ticket, command, body, actor=actor)
    comment = _insert(session, ticket, command, body, actor)
    if command.finish:
        _finish(session, ticket, actor)
    return comment


def _insert(session: Session, ticket: Ticket, command: AddComment, body: str, actor: Actor) -> Comment:
    author = acting(actor, command.stamp)
    at = command.stamp.at if command.stamp else utcnow()
    comment = Comment(
        ticket_id=ticket.id,
        body=body,
        internal=command.internal,
        author_employee_id=author.id if author.kind is ActorKind.EMPLOYEE else None,
        author_contact_id=author.id if author.kind is ActorKind.CONTACT else None,
        author_label=author.label,
        registration_method=command.registration_method,
        created_at=at,
    )
    session.add(comment)
    session.flush()
    attach(session, command.files, ticket_id=ticket.id, comment_id=comment.id, internal=command.internal, at=at)
    if author.kind is ActorKind.CONTACT:
        ticket.needs_answer = not status_catalog().by_key[ticket.status_key].finished
    elif not command.internal:
        ticket.needs_answer = False  # OK-009: answered
    touch(ticket, actor, command.stamp)
    session.flush()
    hooks().helpdesk_comment_added(session=session, ticket=ticket, comment=comment, actor=actor)
    index_comment(session, ticket.id, comment.id, body, internal=command.internal, new=True)
    record(
        session,
        "comment.added",
        actor=author,
        ticket_id=ticket.id,
        ticket_version=ticket.version,
        subject_kind="comment",
        subject_id=comment.id,
        audience="internal" if command.internal else "customer",
        after={"internal": command.internal, "files": len(command.files)} | ({"quiet": True} if command.quiet else {}),
        at=at,
    )
    return comment


def _finish(session: Session, ticket: Ticket, actor: Actor) -> None:
    target = finish_target(ticket, actor)
    if target is None:
        raise Rejected(message("this status has nothing to finish to"))
    transition_ticket(session, ticket, TransitionTicket(to=target.key), actor=actor)


def get_comment(session: Session, comment_id: int, *, actor: Actor) -> tuple[Ticket, Comment]:
    """The comment with its ticket, locked; raises ``NotFound`` where *actor* may not read it."""
    ticket_id = session.scalar(select(Comment.ticket_id).where(Comment.id == comment_id))
    if ticket_id is None:
        raise NotFound("comment")
    ticket = get_ticket(session, ticket_id, actor=actor, lock=True)
    # Read only now: while we waited for the lock somebody else may have changed it (T-60).
    comment = session.scalar(select(Comment).where(Comment.id == comment_id))
    if comment is None or (comment.internal and not can(actor, _READ_INTERNAL, ticket)):
        raise NotFound("comment")
    return ticket, comment


def edit_comment(session: Session, comment_id: int, body: str, *, actor: Actor, version: int | None = None) -> Comment:
    """Replace the text of one's own comment, or of any with ``core:ticket:delete``; the old one stays in its history.

    Raises ``Conflict`` where it was edited after *version*, ``Rejected`` where it was redacted.
    """
    ticket, comment = editable_comment(session, comment_id, actor=actor)
    body = _checked_body(body)
    if version is not None and comment.version != version and comment.body != body:
        raise Conflict([FieldConflict(name="body", base="", mine=body, theirs=comment.body)])
    if body == comment.body:
        return comment
    _keep_revision(session, comment, actor)
    comment.body = body
    comment.edited_at = utcnow()
    index_comment(session, ticket.id, comment.id, body, internal=comment.internal)
    _record(session, ticket, comment, "comment.edited", actor)
    return comment


def redact_comment(session: Session, comment_id: int, *, actor: Actor) -> list[str]:
    """Take the text and files of a comment away for good, its earlier versions too.

    Returns the stored names of the files, to be removed after commit.
    """
    ticket, comment = editable_comment(session, comment_id, actor=actor)
    stored = [
        (row.id, row.stored_name)
        for row in session.scalars(select(Attachment).where(Attachment.comment_id == comment.id))
    ]
    for attachment_id, _ in stored:
        session.delete(session.get_one(Attachment, attachment_id))
    session.execute(update(CommentRevision).where(CommentRevision.comment_id == comment.id).values(body=""))
    comment.body = ""
    comment.redacted_at = utcnow()
    comment.version += 1
    index_comment(session, ticket.id, comment.id, "", internal=comment.internal)
    _record(session, ticket, comment, "comment.redacted", actor)
    return [*(name for _, name in stored), *forget_originals(session, comment_id=comment.id)]


def make_internal(session: Session, comment_id: int, *, actor: Actor) -> Comment:
    """Hide a public comment and its files from the customer (T-13); the way back does not exist."""
    ticket, comment = editable_comment(session, comment_id, actor=actor)
    require(actor, "core:ticket:note", ticket)
    if comment.internal:
        return comment
    _keep_revision(session, comment, actor)
    comment.internal = True
    session.execute(update(Attachment).where(Attachment.comment_id == comment.id).values(internal=True))
    index_comment(session, ticket.id, comment.id, comment.body, internal=True)
    _record(session, ticket, comment, "comment.made_internal", actor, audience="internal")
    return comment


def editable_comment(session: Session, comment_id: int, *, actor: Actor) -> tuple[Ticket, Comment]:
    """The comment with its ticket for *actor* to change: his own, or any with ``core:ticket:delete``.

    Raises ``NotFound`` where he may not read it, ``Forbidden`` where only that, ``Rejected`` where it was redacted.
    """
    ticket, comment = get_comment(session, comment_id, actor=actor)
    own = actor.kind is ActorKind.EMPLOYEE and comment.author_employee_id == actor.id
    if not own and not can(actor, "core:ticket:delete", ticket):
        raise Forbidden("core:ticket:delete")
    if comment.redacted_at is not None:
        raise Rejected(message("this comment was redacted"))
    return ticket, comment


def _keep_revision(session: Session, comment: Comment, actor: Actor) -> None:
    session.add(
        CommentRevision(
            comment_id=comment.id,
            body=comment.body,
            internal=comment.internal,
            editor_label=actor.label,
            replaced_at=utcnow(),
        )
    )
    comment.version += 1


def _record(
    session: Session, ticket: Ticket, comment: Comment, name: str, actor: Actor, audience: Audience | None = None
) -> None:
    session.flush()
    record(
        session,
        name,
        actor=actor,
        ticket_id=ticket.id,
        subject_kind="comment",
        subject_id=comment.id,
        audience=audience or ("internal" if comment.internal else "customer"),
    )


def _checked_body(body: str, *, empty: bool = False) -> str:
    try:
        text = check_text(body, MAX_TEXT).strip()
    except ValueError as error:
        raise Invalid({"body": [error.args[0]]}) from None
    if not text and not empty:
        raise Invalid({"body": [message("Write something first.")]})
    return text

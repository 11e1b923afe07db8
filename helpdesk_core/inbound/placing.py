"""Where a mail belongs: a comment on the ticket that it answers to, or a new ticket, by whom and seen by whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import can
from helpdesk_core.contract.actor import SYSTEM, Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, NotFound
from helpdesk_core.customers.commands import ContactValues
from helpdesk_core.customers.models import Contact
from helpdesk_core.customers.services import create_contact
from helpdesk_core.db.turns import take_turns
from helpdesk_core.db.types import utcnow
from helpdesk_core.i18n.locale import DEFAULT
from helpdesk_core.inbound.contents import Taken, subject_of, text_of
from helpdesk_core.inbound.models import IGNORED, SETTLED, InboundMail
from helpdesk_core.inbound.parsing import ParsedMail
from helpdesk_core.inbound.robots import Author
from helpdesk_core.inbound.senders import Sender, as_contact, find_sender
from helpdesk_core.mail.message import Answered, answered
from helpdesk_core.tickets.commands import AddComment, CreateTicket, Stamp
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import create_ticket, get_ticket

METHOD: Final = "mail"
#: So many tickets of one sender within the hour are acknowledged; more are made in silence (T-28, T-29).
ACKNOWLEDGED: Final = 5
_HOUR: Final = timedelta(hours=1)
_COMMENT: Final = "core:ticket:comment"
_ID: Final = re.compile(rb"<[^\s<>]{3,300}>")
_LOOK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What became of a mail."""

    state: str = SETTLED
    ticket_id: int | None = None
    comment_id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail on its way, with what is known of it."""

    session: Session
    row_id: int
    mail: ParsedMail
    taken: Taken
    sender: Sender


def place_mail(session: Session, row_id: int, mail: ParsedMail, taken: Taken) -> Placed:
    """Make *mail* a comment or a ticket in this transaction.

    Raises what the services refuse it with; the caller holds it then.
    """
    take_turns(session, "inbound.sender", mail.address)  # two first mails of one person make one contact
    sender = find_sender(session, mail)
    came = _Mail(session, row_id, mail, taken, sender)
    if mail.author is Author.OWN:
        return Placed(state=IGNORED, why="a mail of this helpdesk that came back")
    if mail.author is Author.BOUNCE:
        return _place_bounce(came)
    answer = answered(mail.subject, mail.answers_to, sender.keys)
    ticket = _ticket(session, answer)
    if mail.author is not Author.PERSON:
        return _place_automatic(came, ticket)
    if answer is not None and ticket is not None:
        placed = _place_answer(came, answer, ticket)
        if placed is not None:
            return placed
    return _new_ticket(came, why="an answer to a ticket that the sender may not answer to" if ticket else "")


def _ticket(session: Session, answer: Answered | None) -> Ticket | None:
    if answer is None:
        return None
    try:
        return get_ticket(session, answer.ticket_id, actor=SYSTEM, lock=True)
    except NotFound:  # deleted meanwhile
        return None


def _place_answer(came: _Mail, answer: Answered, ticket: Ticket) -> Placed | None:
    """The mail as a comment; none where its sender is a customer who may not write there (OK-132)."""
    employee = came.sender.employee
    if employee is not None and answer.person == f"employee:{employee.id}":
        actor = Actor(ActorKind.EMPLOYEE, employee.id, employee.name)
        # What a colleague may no longer see is held: his answer is no request of a customer (T-10).
        ticket = get_ticket(came.session, ticket.id, actor=actor)
        return _comment(came, ticket, actor, employee.language, internal=answer.internal)
    contact = came.sender.contact(ticket.contact_id)
    if contact is not None and not answer.internal:
        actor = as_contact(contact)
        if can(actor, _COMMENT, ticket):
            return _comment(came, ticket, actor, contact.language, internal=False)
        return None
    # The mark is ours, so somebody passed a mail on: shown to colleagues, who know what to make of it (T-21, T-22).
    who = _("unknown sender %(who)s", who=came.sender.label)
    return _remark(
        came, ticket, text_of(came.mail, came.taken, answer=True), who, why="the sender is not of the ticket"
    )


def _comment(came: _Mail, ticket: Ticket, actor: Actor, language: str, *, internal: bool) -> Placed:
    with force_locale(language):
        body = text_of(came.mail, came.taken, answer=True)
    command = AddComment(body=body, internal=internal, files=came.taken.files, registration_method=METHOD)
    comment = add_comment(came.session, ticket, command, actor=actor)
    return Placed(ticket_id=comment.ticket_id, comment_id=comment.id)


def _remark(came: _Mail, ticket: Ticket, text: str, who: str, *, quiet: bool = False, why: str = "") -> Placed:
    """An internal comment in the name of *who*, who has no rights here."""
    command = AddComment(
        body=text,
        internal=True,
        files=came.taken.files,
        registration_method=METHOD,
        quiet=quiet,
        stamp=Stamp(at=utcnow(), label=who[:200]),
    )
    comment = add_comment(came.session, ticket, command, actor=SYSTEM)
    return Placed(ticket_id=ticket.id, comment_id=comment.id, why=why)


def _place_bounce(came: _Mail) -> Placed:
    """A mail of ours came back: a remark on its ticket, told to nobody, for the next notice may come back too."""
    ids = [*came.mail.answers_to]
    for leaf in came.mail.mime.leaves[:20]:
        ids += [found.decode("latin-1") for found in _ID.findall(leaf.content()[:_LOOK])][:200]
    ticket = _ticket(came.session, answered("", ids, ()))
    if ticket is None:
        return Placed(state=IGNORED, why="a report about a mail that belongs to no ticket")
    said = text_of(came.mail, Taken((), ()), answer=False)[:4000]
    text = _("A mail could not be delivered.") + f"\n\n{said}"
    return _remark(came, ticket, text, came.sender.label, quiet=True, why="a report about a mail")


def _place_automatic(came: _Mail, ticket: Ticket | None) -> Placed:
    """A robot's mail: kept where it belongs, answered by nobody, and no reason to open a ticket again (T-26, T-27)."""
    if ticket is not None:
        text = text_of(came.mail, came.taken, answer=True)
        return _remark(came, ticket, text, came.sender.label, quiet=True, why="written by a robot")
    if came.mail.author is Author.ANSWERING:
        return Placed(state=IGNORED, why="a robot's answer to a mail that belongs to no ticket")
    return _system_ticket(came, came.sender.contact(), quiet=True, why="written by a robot")


def _new_ticket(came: _Mail, *, why: str) -> Placed:
    sender = came.sender
    contact = sender.contact()
    if sender.employee is not None and contact is None:
        # An address is easily forged, and nobody becomes a colleague by it (T-20, T-22).
        return _system_ticket(came, None, quiet=True, why="a colleague's address without proof")
    contact = contact or _new_contact(came)
    if contact is None:
        return _system_ticket(came, None, quiet=True, why="the mail names no sender")
    with force_locale(contact.language):
        command = CreateTicket(
            subject=subject_of(came.mail),
            description=text_of(came.mail, came.taken, answer=False),
            files=came.taken.files,
            registration_method=METHOD,
            quiet=_many_lately(came),
        )
    ticket = create_ticket(came.session, command, actor=as_contact(contact))
    return Placed(ticket_id=ticket.id, why=why)


def _system_ticket(came: _Mail, contact: Contact | None, *, quiet: bool, why: str) -> Placed:
    command = CreateTicket(
        subject=subject_of(came.mail),
        description=text_of(came.mail, came.taken, answer=False),
        contact_id=contact.id if contact else None,
        files=came.taken.files,
        registration_method=METHOD,
        quiet=quiet,
        stamp=Stamp(at=utcnow(), label=(came.sender.label or _("unknown sender"))[:200]),
    )
    return Placed(ticket_id=create_ticket(came.session, command, actor=SYSTEM).id, why=why)


def _new_contact(came: _Mail) -> Contact | None:
    """A contact of that address, of no company; none where there is no address that can be kept."""
    address = came.sender.address
    if not address:
        return None
    language = _language(came.mail.text[:2000] or came.mail.subject)
    values = ContactValues(name=came.sender.name or address, email=address, language=language)
    try:
        return create_contact(came.session, values, actor=SYSTEM)
    except Invalid:
        return None


def _language(text: str) -> str:
    """The language of a new contact, where its letters tell it."""
    letters = [sign for sign in text if sign.isalpha()]
    for language, first, last in (("ru", "\u0400", "\u04ff"), ("ar", "\u0600", "\u06ff")):
        if sum(1 for sign in letters if first <= sign <= last) * 2 > len(letters):
            return language
    return DEFAULT


def _many_lately(came: _Mail) -> bool:
    """Whether the sender has had as many acknowledgements as anybody gets in an hour."""
    lately = (
        select(func.count())
        .select_from(InboundMail)
        .where(
            InboundMail.sender == came.sender.address,
            InboundMail.received_at > utcnow() - _HOUR,
            InboundMail.id != came.row_id,
            InboundMail.ticket_id.is_not(None),
            InboundMail.comment_id.is_(None),
        )
    )
    return (came.session.scalar(lately) or 0) >= ACKNOWLEDGED

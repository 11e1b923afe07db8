"""What a mail of ours is made of: texts, addresses, and a Message-ID that only we can have written."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from flask import current_app

_ADDRESS: Final = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\]\\,;:\"_\x00-\x1f\x7f]{1,189}")
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
#: What would end a header line, or look as if it did, in any reader.
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ID: Final = re.compile(r"<?([A-Za-z0-9.-]{1,120})\.([a-z2-7]{16})@[^\s@<>]{1,200}>?")
_TOKEN: Final = re.compile(r"\[#(\d{1,10})-([a-z2-7]{8})([a-z2-7]{8})?\]", re.IGNORECASE)
_ANSWERED: Final = re.compile(r"answer-(\d{1,10})-(employee-\d{1,10}|contact-\d{1,10}|nobody)-(note|public)\..+")
_THREAD: Final = re.compile(r"ticket\.(\d{1,10})")
_LINE: Final = 250
#: Begins the line above which an answer is to be written.
ANSWER_ABOVE: Final = "##- "


class MailRefused(Exception):
    """This mail will never arrive, however often it is tried: a wrong address, or a server that says no for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address.

    ``text`` is plain; ``html``, where given, is the same for readers that draw it. ``key`` names the mail: the same key
    gives the same Message-ID at every attempt, so that a mail that was sent twice is shown once. ``references`` are the
    Message-IDs of the thread it belongs to, the last one being what it answers. ``sender_name`` stands before the
    address of this helpdesk. Line breaks in one-line texts become spaces (T-68).
    """

    to: str
    subject: str
    text: str
    html: str | None = None
    key: str | None = None
    to_name: str = ""
    references: tuple[str, ...] = ()
    sender_name: str = ""
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def one_line(text: str, limit: int = _LINE) -> str:
    """*text* without anything that could end a header line, cut to *limit* characters."""
    return _BREAKS.sub(" ", text).strip()[:limit]


def is_address(text: str) -> bool:
    """Whether *text* is one mail address and nothing else."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None and ".." not in text


def compose(mail: Mail, sender: str) -> EmailMessage:
    """*mail* as a message from the address *sender*, marked as automatic so that no robot answers it (T-30).

    Raises ``MailRefused`` where an address is none.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender, mail.sender_name)
    message["To"] = _address(mail.to, mail.to_name)
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Message-ID"] = message_id(mail.key or _random_key())
    if mail.references:
        message["In-Reply-To"] = one_line(mail.references[-1])
        message["References"] = one_line(" ".join(mail.references), 900)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    for name, value in mail.headers.items():
        if _HEADER.fullmatch(name) is None or name in message:
            raise MailRefused(f"{name!r} is no header that a mail may be given")
        message[name] = one_line(value)
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def message_id(key: str) -> str:
    """The Message-ID of the mail *key*, signed: ``is_ours`` tells it from one that somebody made up."""
    safe = re.sub(r"[^A-Za-z0-9.-]", "-", key)[:120]
    sender = str(current_app.config["HELPDESK_MAIL_FROM"])
    return f"<{safe}.{_signature('message', safe, 16)}@{sender.rpartition('@')[2] or 'localhost'}>"


def key_of(text: str) -> str | None:
    """The key of the mail that has the Message-ID *text*; none where we did not write it."""
    found = _ID.fullmatch(text.strip())
    if found is None or not hmac.compare_digest(_signature("message", found[1], 16), found[2]):
        return None
    return found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer says that it answers to, by what only we can have signed.

    ``person`` is whom that mail was written to (``employee:7``), "" where anybody of the ticket had it. ``internal``
    mails told of what customers do not see: so is the answer (T-12).
    """

    ticket_id: int
    person: str = ""
    internal: bool = False


def answer_key(ticket_id: int, person: str, key: str, *, internal: bool = False) -> str:
    """The key of a mail that *person* may answer: ``answered`` reads ticket and person out of its Message-ID."""
    who = person.replace(":", "-") if person.startswith(("employee:", "contact:")) else "nobody"
    return f"answer-{ticket_id}-{who}-{'note' if internal else 'public'}.{key}"


def ticket_token(ticket_id: int, person: str = "", *, internal: bool = False) -> str:
    """What a subject carries so that an answer finds its ticket: ``[#12-k3jd7xqa]``, signed.

    For a colleague it also says to whom the mail was written, so that no customer's copy of it lets him write in the
    colleague's name (T-20, T-22).
    """
    mine = _personal(ticket_id, person, internal=internal) if person.startswith("employee:") else ""
    return f"[#{ticket_id}-{_signature('ticket', str(ticket_id), 8)}{mine}]"


def ticket_of(subject: str) -> int | None:
    """The ticket whose token stands in *subject*; none where there is no token, or a forged one."""
    for found in _TOKEN.finditer(subject[:1000]):
        if hmac.compare_digest(_signature("ticket", found[1], 8), found[2].lower()):
            return int(found[1])
    return None


def answered(subject: str, message_ids: Iterable[str], people: Collection[str]) -> Answered | None:
    """What a mail answers to: the ticket, and which of *people*, who may have written it, is proved to have.

    *message_ids* are those it names. Forged ones and others' are passed over; none is left: nothing of ours.
    """
    found = [one for text in message_ids if (one := _by_id(text)) is not None]
    found += _by_subject(subject, people)
    if not found:
        return None
    # The subject's number is what people see and move from thread to thread; Message-IDs follow by themselves.
    ticket_id = ticket_of(subject) or found[0].ticket_id
    about = [one for one in found if one.ticket_id == ticket_id]
    return Answered(
        ticket_id=ticket_id,
        person=next((one.person for one in about if one.person in people), ""),
        internal=any(one.internal for one in about),
    )


def without_token(subject: str) -> str:
    """*subject* without what marks it as an answer to a ticket."""
    return " ".join(_TOKEN.sub(" ", subject).split())


def _by_subject(subject: str, people: Collection[str]) -> Iterator[Answered]:
    for token in _TOKEN.finditer(subject[:1000]):
        number, mine = int(token[1]), (token[3] or "").lower()
        if not hmac.compare_digest(_signature("ticket", token[1], 8), token[2].lower()):
            continue
        yield Answered(ticket_id=number)
        for person in people if mine else ():
            for internal in (True, False):
                if hmac.compare_digest(_personal(number, person, internal=internal), mine):
                    yield Answered(ticket_id=number, person=person, internal=internal)


def _by_id(text: str) -> Answered | None:
    key = key_of(text) or ""
    thread = _THREAD.fullmatch(key)
    if thread is not None:
        return Answered(ticket_id=int(thread[1]))
    found = _ANSWERED.fullmatch(key)
    if found is None:
        return None
    person = "" if found[2] == "nobody" else found[2].replace("-", ":")
    return Answered(ticket_id=int(found[1]), person=person, internal=found[3] == "note")


def _personal(ticket_id: int, person: str, *, internal: bool) -> str:
    return _signature("person", f"{ticket_id}:{person}:{'note' if internal else 'public'}", 8)


def _signature(kind: str, text: str, length: int) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(secret, f"mail.{kind}:{text}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:length]


def _random_key() -> str:
    return f"mail.{secrets.token_hex(12)}"


def _address(text: str, name: str = "") -> Address:
    if not is_address(text):
        raise MailRefused(f"{one_line(text, 80)!r} is no mail address")
    try:
        return Address(display_name=one_line(name, 120), addr_spec=text)
    except (ValueError, MessageError) as error:
        raise MailRefused(f"{one_line(text, 80)!r} is no mail address") from error

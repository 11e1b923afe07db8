"""Who wrote a mail: a person, a robot, a mail server that gives one back, or this helpdesk itself (RFC 3834, T-26)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from helpdesk_core.inbound.mime import Headers, Mime
from helpdesk_core.mail.message import key_of

_DAEMON: Final = re.compile(r"(mailer-daemon|mail-daemon|mdaemon)([+=._-].*)?@.*", re.IGNORECASE)
_NO_PERSON: Final = re.compile(
    r"(postmaster|no-?reply|do-?not-?reply|auto-?reply|automailer|bounces?)([+=._-].*)?@.*", re.IGNORECASE
)
_ANSWERED: Final = ("x-autoreply", "x-autorespond", "x-auto-reply-from", "x-mail-autoreply")
_LISTS: Final = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
_REPORTS: Final = frozenset({"delivery-status", "disposition-notification", "feedback-report"})


class Author(StrEnum):
    """What kind of author a mail has."""

    PERSON = "person"
    #: A robot that begins: an alarm, a newsletter.
    ROBOT = "robot"
    #: A robot that answers to a mail: somebody is away.
    ANSWERING = "answering"
    #: A mail of ours that could not be delivered, or a report about one.
    BOUNCE = "bounce"
    #: A mail of ours that came back.
    OWN = "own"


def author_of(mime: Mime, sender: str) -> Author:
    """Who wrote the mail; *sender* is the address it names."""
    headers = mime.headers
    if key_of(headers.get("message-id")) is not None:
        return Author.OWN
    if _is_report(headers, sender):
        return Author.BOUNCE
    submitted = headers.get("auto-submitted").partition(";")[0].strip().lower()
    precedence = {value.strip().lower() for value in headers.all("precedence")}
    if submitted == "auto-replied" or "auto_reply" in precedence or any(headers.get(name) for name in _ANSWERED):
        return Author.ANSWERING
    if headers.get("x-auto-response-suppress").strip().lower() not in ("", "none"):
        # Set by robots for robots; one that answers to something of ours is away, not alarmed.
        return Author.ANSWERING if headers.get("in-reply-to") else Author.ROBOT
    # Anybody's "yes" counts: a second header of the same name is looked at too.
    others = [value.partition(";")[0].strip().lower() for value in headers.all("auto-submitted")]
    if any(value not in ("", "no") for value in others) or precedence & {"bulk", "list", "junk"}:
        return Author.ROBOT
    # The empty envelope sender (RFC 5321) belongs to mail servers and to vacation programs that say nothing else.
    nobody = any(value.strip() == "<>" for value in headers.all("return-path"))
    if nobody or any(headers.get(name) for name in _LISTS) or _NO_PERSON.fullmatch(sender):
        return Author.ROBOT
    return Author.PERSON


def _is_report(headers: Headers, sender: str) -> bool:
    report = headers.param("content-type", "report-type").lower() in _REPORTS
    return report or bool(headers.get("x-failed-recipients")) or _DAEMON.fullmatch(sender) is not None

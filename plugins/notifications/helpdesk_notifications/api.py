"""What plugins with channels or recipients of their own may use of this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody to be told.

    ``key`` says who (``employee:7``, ``contact:3``, ``address:boss@example.com``), ``audience`` why. ``actor`` is whose
    rights decide whether the ticket may be told at all; without one, only what customers may read is. ``email`` is
    where mail goes.
    """

    key: str
    audience: str
    name: str
    language: str
    email: str | None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends: ``key`` is the same at every attempt.

    ``recipient`` says to whom, as ``Recipient.key`` does; ``internal`` that customers must not see it, nor an answer.
    """

    key: str
    ticket_id: int
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    recipient: str = ""
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to reach people.

    ``address(session, recipient)`` is asked once for each recipient; without an answer they are not told this way.
    ``send(message)`` runs in a job, outside any transaction: an error is tried again for five days, ``Rejected`` not.
    """

    key: str
    label: str
    address: Callable[[Session, Recipient], str | None]
    send: Callable[[Message], None]

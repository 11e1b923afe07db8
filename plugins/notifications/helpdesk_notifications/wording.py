"""The words of notices: those that come with the plugin in four languages, and those of the site (UR-27)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, Invalid, record, require
from helpdesk_notifications import gettext as _
from helpdesk_notifications.kinds import CONTACT, DEFAULTS
from helpdesk_notifications.models import Wording
from helpdesk_notifications.options import MANAGE
from helpdesk_notifications.rendering import BODY_LIMIT, SUBJECT_LIMIT, check

_CONTENT: Final = Path(__file__).parent / "content"
#: The languages in which the plugin speaks by itself; what is missing in another one is said in the first.
SPOKEN: Final = ("en", "ms", "ru", "ar")


@dataclass(frozen=True, slots=True)
class Words:
    """A subject and a text; ``own`` are the site's."""

    subject: str
    body: str
    own: bool = False


@cache
def _content(language: str) -> dict[str, Any]:
    return tomllib.loads((_CONTENT / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def built_in_design() -> str:
    """The design that comes with the plugin."""
    return (_CONTENT / "design.txt").read_text(encoding="utf-8")


def spoken(language: str) -> str:
    """*language*, or the first where the plugin does not speak it."""
    return language if language in SPOKEN else SPOKEN[0]


def phrase(name: str, language: str) -> str:
    """One of the plugin's own phrases: the footer, or those of a digest."""
    return str(_content(spoken(language))[name])


def built_in(kind: str, audience: str, language: str) -> Words:
    """What the plugin says by itself."""
    side = _content(spoken(language))["customer" if audience == CONTACT else "staff"]
    return Words(side[kind]["subject"], side[kind]["body"].strip() + "\n")


def words_for(session: Session, kind: str, audience: str, language: str) -> Words:
    """What is said to *audience* in *language*: the site's words, or the plugin's."""
    row = session.get(Wording, (kind, audience, language))
    return Words(row.subject, row.body, own=True) if row is not None else built_in(kind, audience, language)


def own_wordings(session: Session) -> frozenset[tuple[str, str, str]]:
    """For which notices the site has words of its own."""
    rows = session.execute(select(Wording.kind, Wording.audience, Wording.language))
    return frozenset((kind, audience, language) for kind, audience, language in rows)


def save_wording(session: Session, place: tuple[str, str, str], words: Words, *, actor: Actor) -> None:
    """Say *words* from now on; raises ``Invalid`` with the line where they are no template, ``Forbidden``."""
    require(actor, MANAGE)
    kind, audience, language = place
    if (kind, audience) not in DEFAULTS:
        raise Invalid({"subject": [_("There is no such notice.")]})
    if not words.subject.strip() or "\n" in words.subject:
        raise Invalid({"subject": [_("The subject is one line.")]})
    if not words.body.strip():
        raise Invalid({"body": [_("Write the text.")]})
    check(words.subject, "subject", SUBJECT_LIMIT)
    check(words.body, "body", BODY_LIMIT)
    row = session.get(Wording, place)
    if row is None:
        row = Wording(kind=kind, audience=audience, language=language)
        session.add(row)
    row.subject, row.body = words.subject.strip(), words.body
    _note(session, place, {"own": True}, actor)


def reset_wording(session: Session, place: tuple[str, str, str], *, actor: Actor) -> None:
    """Say again what the plugin says by itself."""
    require(actor, MANAGE)
    kind, audience, language = place
    session.execute(
        delete(Wording).where(Wording.kind == kind, Wording.audience == audience, Wording.language == language)
    )
    _note(session, place, {"own": False}, actor)


def _note(session: Session, place: tuple[str, str, str], after: dict[str, Any], actor: Actor) -> None:
    session.flush()
    record(
        session,
        "notifications.wording_changed",
        actor=actor,
        subject_kind="notifications.wording",
        subject_id=None,
        after={"notice": "/".join(place), **after},
    )

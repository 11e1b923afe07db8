"""Editing the site's own words: one word, back to the original, and undo. The code's words stay what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.db.turns import take_turns
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.i18n.texts import faults_of
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.queries import beneath
from helpdesk_core.wording.words import Word

MANAGE: Final = "core:translation:manage"
CODES: Final = tuple(code for code, _name in LANGUAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWord:
    """A word in one language; no text restores the original. ``version`` is of the row that was seen, 0 for none."""

    digest: str
    language: str
    forms: tuple[str, ...]
    version: int | None = None


def edit_word(session: Session, command: EditWord, *, actor: Actor) -> bool:
    """Say a word the site's own way (UR-10); true when that changed anything.

    Raises ``Invalid`` by the form (``form_0``) that is wrong, ``Rejected`` where somebody else edited it meanwhile.
    """
    require(actor, MANAGE)
    word = find_word(command.digest)
    check_language(command.language)
    take_turns(session, "translation", command.language)
    row = find_row(session, command.language, word.digest)
    if command.version is not None and command.version != (row.version if row else 0):
        raise Rejected(message("Somebody else edited this word meanwhile: look at it again."))
    forms = tidy(word, command.forms)
    if forms == beneath(word, command.language):
        forms = ()  # nobody's own word: what the catalogs say is said again
    problems = {
        f"form_{number}": faults
        for number, form in enumerate(forms)
        if (faults := faults_of(word.source, _one_by_one(word, form, forms), command.language, label=word.label))
    }
    if problems:
        raise Invalid(problems)
    if row is None and not forms:
        return False
    row = row or new_row(session, word, command.language)
    if forms == tuple(row.forms) and word.texts == tuple(row.source):
        return False
    change(session, row, forms, word.texts, actor=actor)
    return True


def restore_word(session: Session, digest: str, language: str, *, actor: Actor) -> bool:
    """Let the catalog speak again; true when the site said something else."""
    require(actor, MANAGE)
    check_language(language)
    take_turns(session, "translation", language)
    row = find_row(session, language, digest)
    if row is None or not row.forms:
        return False
    change(session, row, (), row.source, actor=actor)
    return True


def undo_edit(session: Session, digest: str, language: str, *, actor: Actor) -> None:
    """Take the last edit of a word back; raises ``Rejected`` where there is none."""
    require(actor, MANAGE)
    check_language(language)
    take_turns(session, "translation", language)
    row = find_row(session, language, digest)
    if row is None or row.previous is None:
        raise Rejected(message("There is nothing to take back."))
    word = inventory().by_digest.get(digest)
    change(session, row, row.previous, word.texts if word else row.source, actor=actor)
    row.previous = None
    session.flush()


def new_row(session: Session, word: Word, language: str) -> Translation:
    """A row for a word that the site says for the first time."""
    row = Translation(
        language=language,
        digest=word.digest,
        domain=word.domain,
        context=word.context,
        msgid=word.msgid,
        plural=word.plural,
        forms=[],
        previous=None,
        source=list(word.texts),
        version=0,
        edited_by="",
        edited_at=utcnow(),
    )
    session.add(row)
    session.flush()
    return row


def find_word(digest: str) -> Word:
    """The word of that address; raises ``NotFound``."""
    word = inventory().by_digest.get(digest)
    if word is None:
        raise NotFound("word")
    return word


def find_row(session: Session, language: str, digest: str) -> Translation | None:
    """The overlay's row of a word."""
    return session.scalars(
        select(Translation).where(Translation.language == language, Translation.digest == digest)
    ).one_or_none()


def find_rows(session: Session, language: str) -> dict[str, Translation]:
    """Every row of the overlay in a language, by address."""
    return {row.digest: row for row in session.scalars(select(Translation).where(Translation.language == language))}


def check_language(language: str) -> None:
    """Raise ``NotFound`` for a language that the interface does not have."""
    if language not in CODES:
        raise NotFound("language")


def tidy(word: Word, forms: Sequence[str]) -> tuple[str, ...]:
    """The forms as they are kept: none where all are empty, spaces around only as the source has."""
    plain = [form.replace("\r\n", "\n").replace("\r", "\n") for form in forms]
    if not any(form.strip() for form in plain):
        return ()
    source = word.texts[-1]
    if source.strip() == source:
        return tuple(form.strip() for form in plain)
    return tuple(plain)


def _one_by_one(word: Word, form: str, forms: Sequence[str]) -> Sequence[str]:
    # The number of forms is judged for all of them, each form's text for itself.
    return [form] * len(forms) if word.plural is not None else forms


def change(session: Session, row: Translation, forms: Sequence[str], source: Sequence[str], *, actor: Actor) -> None:
    """Write what was checked, and who did it; *source* is what the word says in English by now."""
    before = list(row.forms)
    row.forms, row.previous, row.source = list(forms), before, list(source)
    row.version += 1
    row.edited_by, row.edited_at = actor.label[:200], utcnow()
    record(
        session,
        "translation.changed",
        actor=actor,
        subject_kind="translation",
        subject_id=row.id,
        before={"forms": before},
        after={"forms": list(forms), "word": row.msgid[:200], "context": row.context, "language": row.language},
    )
    session.flush()

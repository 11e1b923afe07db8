"""Words in and out as ``.po`` files: to translators, to the site's own folder, to another installation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from babel.messages.pofile import normalize
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.messages import message
from helpdesk_core.db.turns import take_turns
from helpdesk_core.i18n.plurals import count_of, header_of
from helpdesk_core.i18n.po import Entry, Fault, PoFile, read_file
from helpdesk_core.i18n.texts import faults_of
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.queries import ENGLISH, beneath, edits_of
from helpdesk_core.wording.services import MANAGE, change, check_language, find_rows, new_row, tidy
from helpdesk_core.wording.words import Word, digest_of

_WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a file did: how many words were written, how many said what is said anyway, and every refused line."""

    written: int
    unchanged: int
    faults: tuple[Fault, ...]


def export_words(session: Session, language: str, domain: str, *, actor: Actor, everything: bool = False) -> bytes:
    """The site's own words of one domain as a ``.po``; with *everything* every word of it, as a translator starts.

    Words that the program has no more are left out.
    """
    require(actor, MANAGE)
    check_language(language)
    edits = edits_of(session, language)
    blocks = [_head(language, domain)]
    for word in sorted((one for one in inventory().words if one.domain == domain), key=_by_name):
        edit = edits.get(word.digest)
        forms = edit.forms if edit is not None else ()
        if everything and not forms:
            forms = beneath(word, language) if language != ENGLISH else ()
        elif not forms:
            continue
        blocks.append(_block(word, forms, language))
    return "\n".join(blocks).encode()


def import_words(
    session: Session, data: bytes, language: str, domain: str, *, actor: Actor, dry_run: bool = False
) -> Carried:
    """Take the words of a ``.po`` in; a line that is wrong is named and left out, the rest goes in.

    With *dry_run* nothing is written. A word that says what the catalogs say is nobody's own and not written.
    """
    require(actor, MANAGE)
    check_language(language)
    take_turns(session, "translation", language)
    file = read_file(data, language)
    fitting = list(_fitting(file, language, domain))
    faults = [*file.faults, *(found for found in fitting if isinstance(found, Fault))]
    words = [found for found in fitting if not isinstance(found, Fault)]
    rows = find_rows(session, language)
    written = 0
    for word, forms in words:
        row = rows.get(word.digest)
        if row is None and not forms:
            continue
        if row is not None and (tuple(row.forms), tuple(row.source)) == (forms, word.texts):
            continue
        written += 1
        if not dry_run:
            change(session, row or new_row(session, word, language), forms, word.texts, actor=actor)
    faults.sort(key=lambda fault: fault.line)
    return Carried(written=written, unchanged=len(words) - written, faults=tuple(faults))


def site_faults(data: bytes, language: str, domain: str) -> list[Fault]:
    """What is wrong with one of the site's own files, as an import would say it."""
    file = read_file(data, language)
    found = [*file.faults, *(one for one in _fitting(file, language, domain) if isinstance(one, Fault))]
    return sorted(found, key=lambda fault: fault.line)


def _fitting(file: PoFile, language: str, domain: str) -> Iterator[tuple[Word, tuple[str, ...]] | Fault]:
    """Each translated word of the file with its forms, or what is wrong with it."""
    seen: set[str] = set()
    for entry in file.entries:
        if not any(entry.forms.values()):
            continue
        word = inventory().by_digest.get(digest_of(domain, entry.context, entry.msgid or ""))
        reason = _refusal(entry, word, seen, plurals_fit=file.plurals_fit)
        if word is None or reason is not None:
            yield Fault(entry.line, reason or message("There is no such word."))
            continue
        seen.add(word.digest)
        forms = tidy(word, entry.texts)
        faults = faults_of(word.source, forms, language, label=word.label)
        if faults:
            yield from (Fault(entry.line, fault) for fault in faults)
        else:
            yield word, (() if forms == beneath(word, language) else forms)


def _refusal(entry: Entry, word: Word | None, seen: set[str], *, plurals_fit: bool) -> str | None:
    if word is None:
        return message("There is no such word.")
    if word.digest in seen:
        return message("This word stands in the file twice.")
    if entry.fuzzy:
        return message("This word is marked fuzzy: check it and take the mark away.")
    if (entry.plural or None) != word.plural:
        return message("The source has another plural.")
    if word.plural is not None and not plurals_fit:
        return message("The head of the file counts in another way.")
    return None if entry.texts else message("Every form needs a text.")


def _by_name(word: Word) -> tuple[str, str]:
    return word.context, word.msgid


def _head(language: str, domain: str) -> str:
    # No dates: two exports of the same words are the same file.
    lines = (
        f"Language: {language}",
        f"X-Domain: {domain}",
        f"Plural-Forms: {header_of(language)}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    )
    head = _quoted("".join(f"{line}\n" for line in lines))
    return f'# Words of this site ({domain}, {language}).\nmsgid ""\nmsgstr {head}\n'


def _block(word: Word, forms: Sequence[str], language: str) -> str:
    comments = [word.texts[0], *word.comments] if word.label else word.comments
    lines = [f"#. {line}" for comment in comments for line in comment.splitlines()]
    lines += [f"#: {path}" for path in dict.fromkeys(place.path for place in word.places)]
    if word.context:
        lines.append(f"msgctxt {_quoted(word.context)}")
    lines.append(f"msgid {_quoted(word.msgid)}")
    if word.plural is None:
        lines.append(f"msgstr {_quoted(forms[0] if forms else '')}")
    else:
        lines.append(f"msgid_plural {_quoted(word.plural)}")
        forms = forms or [""] * count_of(language)
        lines += [f"msgstr[{number}] {_quoted(form)}" for number, form in enumerate(forms)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return str(normalize(text, width=_WIDTH))

"""Reading a ``.po`` file line by line: what is wrong is named by its line, and the rest is read.

Babel's reader takes a file whole or not at all. Files that people bring in are read here; those that come with the
program are compiled by Babel.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from helpdesk_core.contract.messages import message
from helpdesk_core.i18n.plurals import header_of, same_rule

#: Larger files than this are nobody's catalog.
LARGEST: Final = 20 * 1024 * 1024
_LINE: Final = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d{1,2})\])?)\s*)?("(?:[^"\\]|\\.)*")\s*')
_CHARSET: Final = re.compile(r"charset\s*=\s*([\w.:-]+)", re.IGNORECASE)
_HEAD: Final = re.compile(r"^([\w-]+)\s*:\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, as people read it."""

    line: int
    reason: str


@dataclass(slots=True)
class Entry:
    """One word of a file; ``forms`` by their numbers."""

    line: int
    context: str = ""
    msgid: str | None = None
    plural: str | None = None
    forms: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The forms in their order; none where a number is left out or nothing is translated."""
        if sorted(self.forms) != list(range(len(self.forms))) or not any(self.forms.values()):
            return ()
        return tuple(self.forms[number] for number in range(len(self.forms)))


@dataclass(slots=True)
class PoFile:
    """What could be read: the head's values, the words, and the lines that are wrong."""

    head: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    plurals_fit: bool = True


def read_file(data: bytes, language: str) -> PoFile:
    """The words of a file for *language*; nothing is raised for what is wrong with it."""
    found = PoFile()
    if len(data) > LARGEST:
        found.faults.append(Fault(1, message("The file is too large.")))
        return found
    for entry in _entries(data, found):
        if entry.msgid == "" and not entry.context and not found.head:
            _read_head(entry, found, language)
        elif entry.msgid:
            found.entries.append(entry)
        else:
            found.faults.append(Fault(entry.line, message("This is no line of a catalog.")))
    found.faults.sort(key=lambda one: one.line)
    return found


def _read_head(entry: Entry, found: PoFile, language: str) -> None:
    text = entry.forms.get(0, "")
    found.head = dict(_HEAD.findall(text)) or {"": ""}
    charset = _CHARSET.search(text)
    if charset and charset[1].lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii", "charset"):
        reason = message("The charset of a catalog is UTF-8, not %(charset)s.", charset=charset[1])
        found.faults.append(Fault(entry.line, reason))
    given = found.head.get("Plural-Forms")
    if given and not same_rule(given.strip(), language):
        found.plurals_fit = False
        reason = message("Plural-Forms must be “%(rule)s” for %(language)s.", rule=header_of(language),
                         language=language)  # fmt: skip
        found.faults.append(Fault(entry.line, reason))


def _entries(data: bytes, found: PoFile) -> Iterator[Entry]:
    """Each word of the file; a wrong line takes the word it stands in along."""
    reading = _Reading(found)
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").strip()
        except UnicodeDecodeError:
            reading.refuse(number, message("This line is not UTF-8."))
            continue
        done = reading.take(number, line)
        if done is not None:
            yield done
    done = reading.finish()
    if done is not None:
        yield done


class _Reading:
    """The word being read, and where in it we are."""

    def __init__(self, found: PoFile) -> None:
        self._found = found
        self._entry: Entry | None = None
        self._part = ""
        self._spoilt = False
        self._fuzzy = False

    def take(self, number: int, line: str) -> Entry | None:
        """Read one line; returns the word before it where a new one begins."""
        if not line or line.startswith("#"):
            done = self.finish() if not line or self._part.startswith("msgstr") else None
            if line.startswith("#,") and "fuzzy" in line:
                self._fuzzy = True
            return done
        matched = _LINE.fullmatch(line)
        text = _unquoted(matched[3]) if matched else None
        if matched is None or text is None:
            self.refuse(number, message("This is no line of a catalog."))
            return None
        done = None
        keyword = matched[1]
        if keyword in ("msgctxt", "msgid") and self._part and not (keyword == "msgid" and self._part == "msgctxt"):
            done = self.finish()
        self._put(number, keyword, matched[2], text)
        return done

    def refuse(self, number: int, reason: str) -> None:
        """Name a wrong line; the word it stands in is left out."""
        self._found.faults.append(Fault(number, reason))
        self._spoilt = True

    def finish(self) -> Entry | None:
        """The word that ends here, unless a line of it was wrong."""
        entry, spoilt, fuzzy = self._entry, self._spoilt, self._fuzzy
        self._entry, self._part, self._spoilt = None, "", False
        if entry is None:
            return None
        self._fuzzy = False
        if spoilt:
            return None
        if entry.msgid is None or not entry.forms:
            self._found.faults.append(Fault(entry.line, message("This word is not complete.")))
            return None
        entry.fuzzy = fuzzy
        return entry

    def _put(self, number: int, keyword: str | None, form: str | None, text: str) -> None:
        if self._entry is None:
            self._entry = Entry(line=number)
        entry = self._entry
        part = keyword or self._part
        if not part or (keyword and keyword == self._part) or (keyword == "msgid" and entry.msgid is not None):
            self.refuse(number, message("This is no line of a catalog."))
        self._part = part
        if part == "msgctxt":
            entry.context += text
        elif part == "msgid":
            entry.msgid = (entry.msgid or "") + text
        elif part == "msgid_plural":
            entry.plural = (entry.plural or "") + text
        elif part.startswith("msgstr"):
            index = int(part[7:-1]) if part != "msgstr" else 0
            entry.forms[index] = entry.forms.get(index, "") + text


def _unquoted(quoted: str) -> str | None:
    # The escapes of a catalog are those of C, which Python's cover; \x of C may be longer, nobody writes it.
    try:
        text = ast.literal_eval(quoted)
    except (SyntaxError, ValueError):
        return None
    return text if isinstance(text, str) else None

"""What differs between two versions of a text, line by line and word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")
_CONTEXT: Final = 3
#: Words are compared in lines up to this length; longer ones are shown as a whole.
_LONGEST_LINE: Final = 1_000

Kind = Literal["same", "removed", "added", "gap"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line; ``changed`` marks what is new, or gone."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the comparison; a ``gap`` stands for lines that are the same and left out."""

    kind: Kind
    parts: tuple[Part, ...] = ()


def differences(old: str, new: str) -> list[Line]:
    """The lines that differ, with a few of those around them; empty where nothing does."""
    before, after = old.split("\n"), new.split("\n")
    found: list[Line] = []
    last = 0
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT):
        if group[0][1] > last:
            found.append(Line("gap"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [Line("same", (Part(line, False),)) for line in before[i1:i2]]
            else:
                found += _changed(before[i1:i2], after[j1:j2])
        last = group[-1][2]
    if found and last < len(before):
        found.append(Line("gap"))
    return found


def _changed(before: list[str], after: list[str]) -> list[Line]:
    if len(before) != len(after):
        gone = [Line("removed", (Part(line, False),)) for line in before]
        return gone + [Line("added", (Part(line, False),)) for line in after]
    pairs = [_words(old, new) for old, new in zip(before, after, strict=True)]
    return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]


def _words(old: str, new: str) -> tuple[Line, Line]:
    if max(len(old), len(new)) > _LONGEST_LINE:
        return Line("removed", (Part(old, False),)), Line("added", (Part(new, False),))
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    gone: list[Part] = []
    come: list[Part] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        same = tag == "equal"
        gone.append(Part("".join(before[i1:i2]), not same))
        come.append(Part("".join(after[j1:j2]), not same))
    return Line("removed", _filled(gone)), Line("added", _filled(come))


def _filled(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.text)

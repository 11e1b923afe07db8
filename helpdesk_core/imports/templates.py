"""Texts with ``{column}`` places, as mapping files write them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places for columns; ``{{`` and ``}}`` stand for braces.

    ``parts`` alternates: a literal, the column after it (``None`` at the end).
    """

    text: str
    parts: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read *text*; raises ``ValueError`` where it asks for more than a column's value."""
        parts: list[tuple[str, str | None]] = []
        try:
            found = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"{text!r}: {error}; write {{{{ for a brace") from error
        for literal, column, spec, conversion in found:
            if spec or conversion:
                raise ValueError(f"{text!r}: only {{column}} is known, without formats")
            if column is not None and not column.strip():
                raise ValueError(f"{text!r}: an empty place; name the column")
            parts.append((literal, column.strip() if column else None))
        return cls(text=text, parts=tuple(parts))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, in order."""
        return tuple(column for _, column in self.parts if column is not None)

    def fill(self, values: Mapping[str, str]) -> str | None:
        """The text with *values* in it, or ``None`` when one of its columns is not known in this row."""
        out: list[str] = []
        for literal, column in self.parts:
            out.append(literal)
            if column is not None:
                value = values.get(column)
                if value is None:
                    return None
                out.append(value)
        return "".join(out)

"""Reading a TOML table strictly: every wrong key and value is collected with the place where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpdesk_core.contract.messages import message


class Problems:
    """What is wrong with a file, by place; reading goes on, so that all of it is said at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, place: str, message: str) -> None:
        """Note that *place* is wrong."""
        self.found.setdefault(place, []).append(message)


class Table:
    """One table of the file; each key is taken once, and ``done()`` complains about what nobody took."""

    def __init__(self, data: Any, place: str, problems: Problems) -> None:
        self.place = place
        self.problems = problems
        if not isinstance(data, dict):
            problems.add(place, message("must be a table"))
            data = {}
        self._data: dict[str, Any] = dict(data)

    def at(self, key: str) -> str:
        """How *key* of this table is named in an error."""
        return f"[{self.place}] {key}" if self.place else key

    def wrong(self, key: str, message: str) -> None:
        """Note that *key* of this table is wrong."""
        self.problems.add(self.at(key), message)

    def names(self) -> list[str]:
        """The keys nobody took yet."""
        return list(self._data)

    def take(self, key: str) -> Any:
        """The raw value of *key*, or ``None``."""
        return self._data.pop(key, None)

    def table(self, key: str) -> Table:
        """The table under *key*; an empty one when absent."""
        inner = f"{self.place}.{key}" if self.place else key
        return Table(self._data.pop(key, {}), inner, self.problems)

    def text(self, key: str, default: str | None = None, *, longest: int = 500) -> str:
        """The text under *key*; without a *default* it must be there."""
        value = self._data.pop(key, None)
        if value is None:
            if default is None:
                self.wrong(key, message("is missing"))
            return default or ""
        if not isinstance(value, str):
            self.wrong(key, message("must be a text, not %(value)s", value=repr(value)))
            return default or ""
        if len(value) > longest:
            self.wrong(key, message("is longer than %(limit)d characters", limit=longest))
        if "\0" in value:
            self.wrong(key, message("contains a NUL character"))
        return value

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of *allowed*."""
        value = self.text(key, default)
        if value not in allowed and not (value == "" and default is None):
            self.wrong(key, message("%(value)s is not one of %(known)s", value=repr(value), known=", ".join(allowed)))
            return default or allowed[0]
        return value or (default or allowed[0])

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._data.pop(key, default)
        if not isinstance(value, bool):
            self.wrong(key, message("must be true or false, not %(value)s", value=repr(value)))
            return default
        return value

    def number(self, key: str, lowest: int, highest: int) -> int:
        """A whole number between two bounds, which must be there."""
        value = self._data.pop(key, None)
        if value is None:
            self.wrong(key, message("is missing"))
        elif isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            told = message("must be a whole number from %(lowest)d to %(highest)d", lowest=lowest, highest=highest)
            self.wrong(key, told)
        else:
            return value
        return lowest

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts (one text counts as a list of one), or ``None`` when absent."""
        value = self._data.pop(key, None)
        if value is None:
            return None
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) and "\0" not in item for item in value):
            self.wrong(key, message("must be a text or a list of texts"))
            return ()
        return tuple(value)

    def done(self) -> None:
        """Complain about every key that nobody took."""
        for key in self._data:
            self.wrong(key, message("is not known here"))
        self._data.clear()

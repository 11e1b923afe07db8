"""The rejects file: which lines did not go in, and why, beside what they said."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from helpdesk_core.contract.errors import Rejected

_FORMULA = frozenset("=+-@\t\r")
_MAX_RAW = 10_000


class RejectsFile:
    """A CSV file of rejected lines (line, field, reason, raw), made at the first of them; nothing bad, no file."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, line: int, field: str, reason: str, raw: str) -> None:
        """Write one rejected line; cells that a spreadsheet would run as a formula are made harmless.

        Raises ``Rejected`` where the file cannot be written.
        """
        self.count += 1
        if self.path is None:
            return
        try:
            if self._writer is None:
                stream = self._stack.enter_context(self.path.open("w", encoding="utf-8", newline=""))
                self._writer = csv.writer(stream)
                self._writer.writerow(["line", "field", "reason", "raw"])
            self._writer.writerow([line, _harmless(field), _harmless(reason), _harmless(raw[:_MAX_RAW])])
        except OSError as error:
            raise Rejected(f"{self.path} cannot be written: {error.strerror}") from error


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip(" \"'")[:1] in _FORMULA else text

"""Reading a foreign file record by record, in constant memory; a bad record is handed on as such, reading goes on."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, cast

from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.imports.mapping import ImportMap

#: One record may be this long; a longer one is rejected, unread, up to its end.
MAX_RECORD_BYTES = 1024 * 1024
#: A quoted CSV value may run over this many lines.
MAX_RECORD_LINES = 1_000
MAX_COLUMNS = 500
_CHUNK = 64 * 1024
csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of the file: its first line's number, its text, and its known values by column.

    ``problem`` is why it cannot be used (``values`` is empty then); ``problem_field`` the column at fault, if one is.
    """

    line: int
    raw: str
    values: Mapping[str, str | list[str]] = field(default_factory=dict)
    problem: str | None = None
    problem_field: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    data: bytes
    too_long: bool = False


class ForeignFile:
    """An open CSV or JSON Lines file, gzipped or not; iterate once over its records.

    ``size`` and ``position`` are in bytes of the file as stored, for a progress bar. Raises ``Invalid`` on opening
    where the header is not what the map reads, and ``Rejected`` while reading where the file itself is damaged.
    """

    def __init__(self, path: Path, mapping: ImportMap) -> None:
        self._path = path
        self._map = mapping
        self._stack = ExitStack()
        self._stored: IO[bytes] = self._stack.enter_context(path.open("rb"))
        try:
            self.size = path.stat().st_size
            magic = self._stored.read(2)
            self._stored.seek(0)
            self._stream: IO[bytes] = self._stored
            if magic == b"\x1f\x8b":
                self._stream = cast("IO[bytes]", self._stack.enter_context(gzip.GzipFile(fileobj=self._stored)))
            self._back: deque[_Line] = deque()
            self._number = 0
            self._codec = "utf-8" if mapping.encoding == "utf-8-sig" else mapping.encoding
            self._skip_mark()
            self._columns = self._read_header() if mapping.format == "csv" else ()
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> ForeignFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def position(self) -> int:
        """How many bytes of the stored file were read so far."""
        return self._stored.tell()

    def __iter__(self) -> Iterator[Record]:
        """Yield every record, the bad ones with their problem; blank lines are passed over."""
        while (line := self._next_line()) is not None:
            if not line.too_long and not line.data.strip():
                continue
            if line.too_long:
                yield self._bad(line, f"the line is longer than {MAX_RECORD_BYTES} bytes")
            elif self._map.format == "csv":
                yield self._csv_record(line)
            else:
                yield self._json_record(line)

    # --- lines -------------------------------------------------------------------------------------------------------

    def _skip_mark(self) -> None:
        line = self._next_line()
        if line is None:
            raise Invalid({self._path.name: ["is empty"]})
        data = line.data.removeprefix(b"\xef\xbb\xbf") if self._map.encoding == "utf-8-sig" else line.data
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Invalid({self._path.name: ["is UTF-16 text; save it as UTF-8"]})
        self._back.append(_Line(line.number, data, line.too_long))

    def _next_line(self) -> _Line | None:
        if self._back:
            return self._back.popleft()
        data = self._read(MAX_RECORD_BYTES + 1)
        if not data:
            return None
        self._number += 1
        if len(data) <= MAX_RECORD_BYTES:
            return _Line(self._number, data)
        rest = data
        while rest and not rest.endswith(b"\n"):
            rest = self._read(_CHUNK)
        return _Line(self._number, data[:2000], too_long=True)

    def _read(self, limit: int) -> bytes:
        try:
            return self._stream.readline(limit)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._damaged(error)

    def _damaged(self, error: Exception) -> NoReturn:
        raise Rejected(f"{self._path.name} is damaged after line {self._number}: {error}") from error

    def _decode(self, data: bytes) -> str:
        """The text of *data*; raises ``ValueError`` saying what cannot stand in a text."""
        try:
            text = data.decode(self._codec)
        except UnicodeDecodeError as error:
            raise ValueError(f"not valid {self._codec} at byte {error.start + 1}") from error
        if "\0" in text:
            raise ValueError("contains a NUL character")
        return text

    def _bad(self, line: _Line, problem: str, column: str = "") -> Record:
        raw = line.data[:2000].decode(self._codec, "backslashreplace").rstrip("\r\n").replace("\0", "\\x00")
        return Record(line=line.number, raw=raw, problem=problem, problem_field=column)

    # --- CSV ---------------------------------------------------------------------------------------------------------

    def _read_header(self) -> tuple[str, ...]:
        line = self._next_line()
        name = self._path.name
        try:
            cells = self._cells(self._decode(line.data)) if line and not line.too_long else None
        except (ValueError, csv.Error) as error:
            raise Invalid({name: [f"the header line cannot be read: {error}"]}) from error
        columns = tuple(cell.strip() for cell in cells or ())
        if not columns or len(columns) > MAX_COLUMNS:
            raise Invalid({name: [f"the header line must name 1 to {MAX_COLUMNS} columns"]})
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise Invalid({name: [f"the header names a column twice: {', '.join(map(repr, twice))}"]})
        lost = sorted(self._map.columns - set(columns))
        if lost:
            raise Invalid(
                {name: [f"has no column {', '.join(map(repr, lost))}, which {self._map.file} reads; it has: "
                        + ", ".join(columns)[:1000]]}
            )  # fmt: skip
        return columns

    def _cells(self, text: str) -> list[str] | None:
        """The cells of one complete record, or ``None`` where a quote is still open; raises ``csv.Error``."""
        rows = csv.reader([text], delimiter=self._map.delimiter, strict=True)
        try:
            return next(rows)
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                return None
            raise

    def _csv_record(self, first: _Line) -> Record:
        """The record that begins at *first*; a quote that is never closed costs that one line, not the rest."""
        taken = [first]
        try:
            cells = self._cells(self._decode(first.data))
            size = len(first.data)
            while cells is None:
                line = self._next_line()
                if line is not None:
                    taken.append(line)
                    size += len(line.data)
                if line is None or line.too_long or size > MAX_RECORD_BYTES or len(taken) > MAX_RECORD_LINES:
                    raise ValueError("a quote is opened and not closed")
                if line.data.count(b'"') % 2:  # quotes inside a value come in pairs: an odd one may close it
                    cells = self._cells(self._decode(b"".join(part.data for part in taken)))
            if len(cells) != len(self._columns):
                raise ValueError(f"has {len(cells)} values where the header names {len(self._columns)} columns")
        except (ValueError, csv.Error) as error:
            self._back.extendleft(reversed(taken[1:]))
            return self._bad(first, str(error))
        raw = b"".join(part.data for part in taken)
        known = {
            column: value
            for column, cell in zip(self._columns, cells, strict=True)
            if (value := self._clean(cell)) not in self._map.unknown
        }
        return Record(line=first.number, raw=raw.decode(self._codec).rstrip("\r\n"), values=known)

    def _clean(self, cell: str) -> str:
        """The cell without outer blanks; with ``unescape_formulas`` also without the guard of a CSV export."""
        if self._map.unescape_formulas and len(cell) > 1 and cell[0] == "'" and cell[1:].lstrip(" \"'")[:1] in _FORMULA:
            cell = cell[1:]
        return cell.strip()

    # --- JSON Lines --------------------------------------------------------------------------------------------------

    def _json_record(self, line: _Line) -> Record:
        try:
            text = self._decode(line.data)
            data = json.loads(text, parse_constant=_no_constant)
        except RecursionError:
            return self._bad(line, "is nested too deeply")
        except ValueError as error:
            return self._bad(line, f"is not JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error))
        if not isinstance(data, dict):
            return self._bad(line, "is not a JSON object")
        known: dict[str, str | list[str]] = {}
        for column in self._map.columns:
            try:
                value = _json_value(_reach(data, column))
            except ValueError as error:
                return self._bad(line, str(error), column)
            if isinstance(value, list):
                known[column] = [item for item in value if item not in self._map.unknown]
            elif value is not None and value not in self._map.unknown:
                known[column] = value
        return Record(line=line.number, raw=text.rstrip("\r\n"), values=known)


_FORMULA = frozenset("=+-@\t\r")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"is not JSON: {name} is no value")


def _reach(data: Mapping[str, Any], column: str) -> Any:
    """The value under *column*, or, where there is none, along its dots: ``customer.name``."""
    if column in data:
        return data[column]
    value: Any = data
    for part in column.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _json_value(value: Any) -> str | list[str] | None:
    if isinstance(value, list):
        if not all(isinstance(item, str | int | float) and not isinstance(item, bool) for item in value):
            raise ValueError("must be a list of texts")
        return [text for item in value if (text := _json_text(item))]
    if isinstance(value, dict):
        raise ValueError("is an object; name one of its values with a dot")
    return None if value is None else _json_text(value)


def _json_text(value: str | float | bool) -> str:
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if "\0" in text:
        raise ValueError("contains a NUL character")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("contains half of a character")
    return text.strip()

"""A mail taken apart: headers and leaves by their places in the bytes, within limits, in linear time.

Python's own parser works with a recursion and a pattern for each nested part: a thousand of them break it, and many
lines below a few hundred of them take minutes (T-40).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from typing import Final

from helpdesk_core.inbound.decoding import decode_text, decode_transfer, decode_words

#: What is read of the headers of a mail, of those of a part, and of one header.
_TOP: Final = 256 * 1024
_PART: Final = 16 * 1024
_HEADER: Final = 16 * 1024
_DEPTH: Final = 12
_PARTS: Final = 300
_BLANK_LINE: Final = re.compile(rb"\r?\n[ \t]*\r?\n|\r[ \t]*\r(?!\n)")
_FIELD: Final = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a mail or a part in their order, names in lower case, unfolded and cut."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first header of that name as it stands, "" where there is none."""
        return next((value for known, value in self.fields if known == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for known, value in self.fields if known == name]

    def text(self, name: str) -> str:
        """The first header of that name with its encoded words as text, in one line."""
        return " ".join(decode_words(self.get(name)).split())

    def param(self, name: str, param: str) -> str:
        """A parameter of a header, such as the charset of the content type."""
        # Only so much: the library's way with quotes takes quadratic time.
        value = self.get(name)[:2000]
        message: Message[str, str] = Message()
        message["X"] = value
        try:
            found = message.get_param(param, "", header="X")
        except (ValueError, LookupError, TypeError):
            return ""
        if isinstance(found, tuple):  # RFC 2231: charset, language, bytes that were read as Latin letters
            return decode_text(str(found[2]).encode("latin-1", "replace"), found[0] or "utf-8")
        return str(found or "")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds no others. ``group`` is the number of the alternatives that it is one of, 0 for none."""

    headers: Headers
    kind: str
    data: bytes
    group: int

    @property
    def charset(self) -> str:
        """The charset that the part names."""
        return self.headers.param("content-type", "charset")

    @property
    def name(self) -> str:
        """The name of the file that the part is; "" where it has none."""
        name = self.headers.param("content-disposition", "filename") or self.headers.param("content-type", "name")
        return " ".join(decode_words(name[:1000]).split())

    @property
    def attached(self) -> bool:
        """Whether it is a file, not the text of the mail."""
        disposition = self.headers.get("content-disposition").partition(";")[0].strip().lower()
        if disposition == "inline":
            return bool(self.name) and not self.kind.startswith("text/")
        return disposition == "attachment" or bool(self.name)

    def content(self) -> bytes:
        """The bytes of the part without their transfer encoding."""
        encoding = self.headers.get("content-transfer-encoding").partition(";")[0].strip().lower()
        return decode_transfer(self.data, encoding)

    def text(self) -> str:
        """The part as text."""
        return decode_text(self.content(), self.charset)


@dataclass(frozen=True, slots=True)
class Mime:
    """A mail: its headers, where its body begins, its leaves, and whether more were there than are read."""

    headers: Headers
    body_at: int
    leaves: tuple[Leaf, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class _Open:
    start: int
    end: int
    depth: int
    group: int
    fallback: str


def take_apart(raw: bytes) -> Mime:
    """*raw* as headers and leaves; never fails."""
    start = raw.find(b"\n") + 1 if raw.startswith((b"From ", b">From ")) else 0  # a mailbox's own line
    headers, body = _headers(raw, start, len(raw), _TOP)
    leaves: list[Leaf] = []
    waiting = [_Open(start, len(raw), 0, 0, "text/plain")]
    seen, groups, cut = 0, 0, False
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > _PARTS:
            cut = True
            break
        own, inside = (headers, body) if part.depth == 0 else _headers(raw, part.start, part.end, _PART)
        kind = _kind(own, part.fallback)
        boundary = own.param("content-type", "boundary")[:200] if kind.startswith("multipart/") else ""
        if not boundary or part.depth >= _DEPTH:
            # Parts that nobody can tell apart are read as text; those too deep are kept as one file.
            shown = "text/plain" if kind.startswith("multipart/") and not boundary else kind
            leaves.append(Leaf(own, shown, raw[inside : part.end], part.group))
            continue
        group = part.group
        if kind == "multipart/alternative" and not group:
            groups += 1
            group = groups
        fallback = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        pieces, more = _pieces(raw, inside, part.end, boundary.encode("utf-8", "replace"), _PARTS - seen + 1)
        cut = cut or more
        waiting.extend(_Open(one, end, part.depth + 1, group, fallback) for one, end in reversed(pieces))
    return Mime(headers, body, tuple(leaves), cut)


def _headers(raw: bytes, start: int, end: int, limit: int) -> tuple[Headers, int]:
    """The headers at *start*, and where what follows them begins."""
    if raw[start : start + 1] in (b"\n", b"\r"):
        return Headers(()), start + (2 if raw[start : start + 2] == b"\r\n" else 1)
    found = _BLANK_LINE.search(raw, start, end)
    block_end, body = (found.start(), found.end()) if found else (end, end)
    text = decode_text(raw[start : min(block_end, start + limit)], None)
    fields: list[tuple[str, list[str]]] = []
    for line in re.split(r"\r\n|\n|\r", text):
        if line[:1] in (" ", "\t") and fields:
            fields[-1][1].append(line)
            continue
        field = _FIELD.match(line)
        if field is None:
            if not fields:  # no headers at all: everything is the body
                return Headers(()), start
            continue
        fields.append((field[1].lower(), [field[2]]))
    return Headers(tuple((name, "".join(value)[:_HEADER].strip()) for name, value in fields)), body


def _kind(headers: Headers, fallback: str) -> str:
    kind = headers.get("content-type").partition(";")[0].strip().lower()
    return kind if re.fullmatch(r"[a-z0-9.+_-]{1,60}/[a-z0-9.+_-]{1,80}", kind) else fallback


def _pieces(raw: bytes, start: int, end: int, boundary: bytes, most: int) -> tuple[list[tuple[int, int]], bool]:
    """The places of the parts between the *boundary* lines, at most so many, and whether there were more."""
    mark = b"--" + boundary
    pieces: list[tuple[int, int]] = []
    begin = -1
    at = start
    while True:
        at = raw.find(mark, at, end)
        if at < 0:
            break
        after = at + len(mark)
        if at > start and raw[at - 1 : at] not in (b"\n", b"\r"):
            at = after
            continue
        line_end = raw.find(b"\n", after, end)
        line = raw[after : line_end if line_end >= 0 else end][:200].strip()
        if line not in (b"", b"--"):  # a boundary that begins like this one
            at = after
            continue
        if begin >= 0:
            stop = at - 2 if raw[at - 2 : at] == b"\r\n" else at - 1
            pieces.append((begin, max(begin, stop)))
        begin = line_end + 1 if line_end >= 0 and line == b"" else -1
        if begin < 0 or len(pieces) >= most:
            return pieces, begin >= 0
        at = begin
    if begin >= 0:  # the mail ends in the middle of the part
        pieces.append((begin, end))
    return pieces, False

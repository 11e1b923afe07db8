"""A mail as the desk reads it: author, subject, text and files, out of any bytes, without an error."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from helpdesk_core.inbound.decoding import clean_text, decode_words
from helpdesk_core.inbound.html_text import html_to_text
from helpdesk_core.inbound.mime import Headers, Leaf, Mime, take_apart
from helpdesk_core.inbound.robots import Author, author_of
from helpdesk_core.mail.message import is_address, one_line

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.){0,500}"|\((?:[^()\\]|\\.){0,500}\)')
_ANGLE: Final = re.compile(r"<\s{0,9}([^\s<>]{3,254})\s{0,9}>")
_BARE: Final = re.compile(r"[^\s<>,;:\"()\[\]]{1,64}@[^\s<>,;:\"()\[\]]{1,189}")
_ID: Final = re.compile(r"<[^\s<>]{3,300}>")
_MOST_IDS: Final = 200
#: So much text is looked at; a ticket takes a twentieth of it.
_LONGEST: Final = 2_000_000
#: Parts that are no use as files: signatures of the mail.
_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_LINE_OF_RULES: Final = re.compile(r"\s*(-+|=+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """What a mail says. ``answers_to`` are the Message-IDs it names, the most telling ones first.

    ``cut`` says that not all of it was read: it has more parts, or more bytes, than anybody looks at.
    """

    mime: Mime
    address: str
    name: str
    subject: str
    author: Author
    message_id: str
    answers_to: tuple[str, ...]
    text: str
    cut: bool

    @property
    def headers(self) -> Headers:
        """The headers of the mail."""
        return self.mime.headers

    def files(self) -> Iterator[tuple[str, str, bytes]]:
        """Name, type and bytes of each file, each content once: a logo may hang on a mail forty times."""
        seen: set[bytes] = set()
        for leaf in self.mime.leaves:
            if not _is_file(leaf) or leaf.kind in _SIGNATURES:
                continue
            content = leaf.content()
            digest = hashlib.sha256(content).digest()
            if content and digest not in seen:
                seen.add(digest)
                yield _file_name(leaf), leaf.kind, content


def parse_mail(raw: bytes, *, cut: bool = False) -> ParsedMail:
    """What the bytes *raw* say; *cut* says that they are the beginning of more."""
    mime = take_apart(raw)
    headers = mime.headers
    address, name = sender_of(headers)
    ids = [headers.get("in-reply-to")[:1000], headers.get("references")]
    answers_to = [found for text in ids for found in _ID.findall(text)]
    if len(answers_to) > _MOST_IDS:  # the thread's beginning and its end
        answers_to = answers_to[: _MOST_IDS // 2] + answers_to[-_MOST_IDS // 2 :]
    return ParsedMail(
        mime=mime,
        address=address,
        name=name,
        subject=one_line(headers.text("subject")[:2000], 1000),
        author=author_of(mime, address),
        message_id=one_line(headers.get("message-id"), 300),
        answers_to=tuple(dict.fromkeys(answers_to)),
        text=_text(mime),
        cut=cut or mime.cut,
    )


def sender_of(headers: Headers) -> tuple[str, str]:
    """Address in lower case, and name of who the mail says it is from; "" where it names nobody."""
    for field in ("from", "sender", "reply-to", "return-path"):
        # The address is looked for before words are decoded: a name cannot pass for one.
        value = headers.get(field)[:2000]
        unquoted = _QUOTED.sub(" ", value)
        angle = _ANGLE.search(unquoted)
        found = angle[1] if angle else next(iter(_BARE.findall(unquoted)), "")
        address = found.strip().lower()
        if is_address(address):
            name = decode_words(value.partition("<")[0] if angle else "").strip().strip('"').strip()
            return address, one_line(name, 150)
    return "", ""


def _text(mime: Mime) -> str:
    shown = [leaf for leaf in mime.leaves if not _is_file(leaf)]
    plain = [(leaf, _plain(leaf)) for leaf in shown if leaf.kind == "text/plain"]
    groups = {leaf.group for leaf, text in plain if leaf.group and text.strip()}
    texts = {id(leaf): text for leaf, text in plain}
    for leaf in shown:
        if leaf.kind == "text/html" and leaf.group not in groups:
            texts[id(leaf)] = clean_text(html_to_text(leaf.text()))
    found = [texts[id(leaf)].strip() for leaf in shown if id(leaf) in texts]
    return _no_headings("\n\n".join(text for text in found if text)[:_LONGEST])


def _is_file(leaf: Leaf) -> bool:
    return leaf.attached or leaf.kind not in ("text/plain", "text/html")


def _plain(leaf: Leaf) -> str:
    text = clean_text(leaf.text()[:_LONGEST])
    if leaf.headers.param("content-type", "format").lower() != "flowed":
        return text
    glued = leaf.headers.param("content-type", "delsp").lower() == "yes"
    lines: list[list[str]] = [[]]
    for line in text.split("\n"):
        soft = line.endswith(" ") and line != "-- " and not line.startswith(">")
        lines[-1].append(line[:-1] if soft and glued else line)
        if not soft:
            lines.append([])
    return "\n".join("".join(parts) for parts in lines)


def _no_headings(text: str) -> str:
    """Comments are drawn as Markdown: a line of dashes below words, as above a signature, would make them a heading."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and lines[-1].strip() and _LINE_OF_RULES.fullmatch(line[:200]):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _file_name(leaf: Leaf) -> str:
    if leaf.name:
        return leaf.name
    if leaf.kind == "message/rfc822":
        inside = take_apart(leaf.content()[: 256 * 1024])
        return f"{one_line(inside.headers.text('subject'), 80) or 'mail'}.eml"
    ending = {"text/calendar": "ics", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "text/html": "html",
              "application/pdf": "pdf", "message/delivery-status": "txt", "text/rfc822-headers": "txt"}  # fmt: skip
    return f"{leaf.kind.partition('/')[0]}.{ending.get(leaf.kind, 'bin')}"

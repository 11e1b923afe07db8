"""Mails made to take a parser's time or memory; ``scale`` makes them larger."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from tests.core.inbound.letters import encoded

_HEAD = "From: chandra@customer.test\nSubject: Till\nMessage-ID: <b@x.test>\n"


def nested(scale: int) -> bytes:
    """Parts in parts in parts, with many lines inside."""
    depth = 300 * scale
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return (_HEAD + opening + "\nwords\n" + "line\n" * (20_000 * scale)).encode()


def many_parts(scale: int) -> bytes:
    """A part for every letter."""
    return (_HEAD + 'Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\nx\n" * (30_000 * scale)).encode()


def long_header(scale: int) -> bytes:
    """One header of megabytes."""
    return f"{_HEAD}X-Long: {'x' * 1000}\n".encode() + b" y\n" * (2_000_000 * scale) + b"\nwords\n"


def long_header_line(scale: int) -> bytes:
    """One line of megabytes before the first empty one."""
    return f"{_HEAD}X-Long: ".encode() + b"x;\"'=" * (2_000_000 * scale) + b"\n\nwords\n"


def many_headers(scale: int) -> bytes:
    """Each header once more."""
    return (_HEAD + "X-A: b\n" * (200_000 * scale) + "\nwords\n").encode()


def references(scale: int) -> bytes:
    """A thread that never ends."""
    return (_HEAD + "References:" + "".join(f"\n <{n}@x.test>" for n in range(5_000 * scale)) + "\n\nwords\n").encode()


def recipients(scale: int) -> bytes:
    """Everybody gets it."""
    everybody = ",\n ".join(f'"{n}" <n{n}@x.test>' for n in range(3_000 * scale))
    return f"{_HEAD}To: {everybody}\nCc: {everybody}\n\nwords\n".encode()


def parameters(scale: int) -> bytes:
    """A content type of quotes and semicolons, for which the library takes quadratic time."""
    return f'{_HEAD}Content-Type: text/plain; a="{";" * (50_000 * scale)}\n\nwords\n'.encode()


def tags(scale: int) -> bytes:
    """A wall of HTML, never closed."""
    return f"{_HEAD}Content-Type: text/html\n\n<p>words</p>{'<div><b>' * (60_000 * scale)}".encode()


def broken_tags(scale: int) -> bytes:
    """HTML that is none: comments, declarations and tags without an end."""
    soup = """<a "<!DOCTYPE [ <![CDATA[ &#x &#99999 </ <? <b title='> < """ * (10_000 * scale)
    digits = "&#" + "9" * 10_000
    return f"{_HEAD}Content-Type: text/html\n\n<p>words</p>{digits} {soup}<!-- <style> {soup}".encode()


def quotation(scale: int) -> bytes:
    """A line of signs that a pattern could stumble over, and many quoted lines."""
    line = "> On wrote wrote @ : " * (20_000 * scale)
    return (_HEAD + "\nwords\n\n" + line + "\n" + "> x:\n" * (50_000 * scale) + "a@b.test:\n" * 50_000).encode()


def encoded_words(scale: int) -> bytes:
    """A subject of words that are encoded, or nearly."""
    return (_HEAD.replace("Till", "=?utf-8?q?" + "=?x?b?" * (20_000 * scale)) + "\nwords\n").encode()


def zeros(scale: int) -> bytes:
    """A file of nothing, which is long."""
    body = encoded(bytes(57)) * (60_000 * scale)
    parts = f"--b\n\nwords\n--b\nContent-Type: x/y; name=zeros\nContent-Transfer-Encoding: base64\n\n{body}\n--b--\n"
    return f'{_HEAD}Content-Type: multipart/mixed; boundary="b"\n\n{parts}'.encode()


def packed(scale: int) -> bytes:
    """An archive that would be large; nobody unpacks it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10_000_000 * scale))
    parts = "--b\n\nwords\n--b\nContent-Type: application/zip; name=z.zip\nContent-Transfer-Encoding: base64\n\n"
    return f'{_HEAD}Content-Type: multipart/mixed; boundary="b"\n\n{parts}{encoded(held.getvalue())}--b--\n'.encode()


BOMBS: Mapping[str, Callable[[int], bytes]] = {
    one.__name__: one
    for one in (nested, many_parts, long_header, long_header_line, many_headers, references, recipients, parameters,
                tags, broken_tags, quotation, encoded_words, zeros, packed)
}  # fmt: skip

"""Bytes of mails as text: any charset, any encoding, never an error, always in linear time."""

from __future__ import annotations

import binascii
import codecs
import re
from typing import Final

#: Character sets by Python's names; other codecs of Python are none (``idna``, ``unicode_escape``), some take long.
_CHARSETS: Final = re.compile(
    r"utf-?(8|16|32)\S*|ascii|latin\S*|iso8859-\d+|iso2022_\w+|koi8-[rut]|cp\d+|mac-\w+|gb2312|gbk|gb18030|big5\w*|euc_\w+"
    r"|shift_ji\S+|hz|johab|tis-620|kz1048|ptcp154|hp-roman8"
)
#: Names that mail programs write and Python does not know.
_OTHER_NAMES: Final = {
    "x-unknown": "utf-8", "unknown-8bit": "utf-8", "utf8mb4": "utf-8", "x-utf-8": "utf-8", "win-1251": "cp1251",
    "windows1251": "cp1251", "cp-1251": "cp1251", "koi8": "koi8-r", "x-koi8-r": "koi8-r", "iso-8859-8-i": "iso8859-8",
    "iso-8859-6-i": "iso8859-6", "x-mac-cyrillic": "mac-cyrillic", "x-sjis": "shift_jis", "x-gbk": "gbk",
    "ks_c_5601-1987": "cp949", "windows-874": "cp874",
}  # fmt: skip
_WORD: Final = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z-]{0,20})?\?([QqBb])\?([^?]{0,2000})\?=")
#: What cannot be stored or would hide in a line: control characters but tab and line feed, lone surrogates.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64: Final = bytes(sorted(set(range(256)) - set(_BASE64)))


def decode_text(data: bytes, charset: str | None) -> str:
    """*data* in the *charset* that the mail names, or in the likeliest one; what cannot be read becomes U+FFFD."""
    codec = _codec(charset)
    if codec in (None, "ascii"):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("cp1252", "replace")
    return data.decode(codec or "utf-8", "replace")


def _codec(charset: str | None) -> str | None:
    name = (charset or "").strip().strip("\"'").lower()[:40]
    try:
        found = codecs.lookup(_OTHER_NAMES.get(name, name or "?")).name
    except (LookupError, ValueError):
        return None
    return found if _CHARSETS.fullmatch(found) else None


def clean_text(text: str) -> str:
    """*text* with ``\\n`` at the ends of its lines and without what a database or a line of text cannot hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNFIT.sub("", lines)


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """*data* without its transfer encoding; broken encodings give what can be read of them."""
    if encoding == "base64":
        letters = data.translate(None, delete=_NOT_BASE64)
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    return data


def decode_words(value: str) -> str:
    """A header's *value* with its encoded words (RFC 2047) as text; broken ones stay as they are.

    Words of one charset that follow each other are joined before they are decoded: many programs cut a letter in two.
    """
    parts: list[str] = []
    waiting: list[bytes] = []
    charset = ""
    end = 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        if waiting and (between.strip() or found[1].lower() != charset):
            parts.append(decode_text(b"".join(waiting), charset))
            waiting = []
        if between.strip() or not end:
            parts.append(between)
        charset, end = found[1].lower(), found.end()
        waiting.append(_word_bytes(found[2].lower(), found[3]))
    if waiting:
        parts.append(decode_text(b"".join(waiting), charset))
    parts.append(value[end:])
    return clean_text("".join(parts))


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return decode_transfer(data, "base64") if encoding == "b" else binascii.a2b_qp(data, header=True)

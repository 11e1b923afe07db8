"""What somebody wrote, without the mail that he answers to: line by line, in linear time.

Libraries for this know neither Russian nor Malay nor Arabic, and take minutes for one long line.
"""

from __future__ import annotations

import re
from typing import Final

from helpdesk_core.mail.message import ANSWER_ABOVE

#: So much of a line is looked at.
_LOOK: Final = 400
#: Words that announce a quotation: "On Monday, 30 November, Ada wrote:".
_WROTE: Final = re.compile(
    r"\b(wrote|writes|schrieb|écrit|escribió|menulis|написала?|писала?|пишет|написал\(а\)|писал\(а\))(?!\w)"
    r"|كتب|تمت كتابة",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,190}")
_DATED: Final = re.compile(r"\d{1,4}\D{1,20}\d{1,4}")
#: A line between the answer and the mail below it.
_ORIGINAL: Final = re.compile(
    r"[-_\s*]{0,40}(original message|original appointment|reply message|исходное сообщение|первоначальное сообщение"
    r"|mesej asal|mesej asli|الرسالة الأصلية|رسالة أصلية)[-_\s*]{0,40}:?",
    re.IGNORECASE,
)
#: The head of a mail as Outlook repeats it: who; then when, to whom, about what.
_WHO: Final = re.compile(r"[*\s]{0,5}(from|от|отправитель|daripada|dari|من)\s?:", re.IGNORECASE)
_ABOUT: Final = re.compile(
    r"[*\s]{0,5}(sent|date|to|cc|subject|отправлено|дата|кому|копия|тема|dihantar|tarikh|kepada|s\.k\.|subjek|perkara"
    r"|تم الإرسال|تاريخ الإرسال|التاريخ|إلى|نسخة|الموضوع)\s?:",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"[-_*]{3,}")
#: Marks of direction that programs strew into lines of Arabic.
_MARKS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def strip_quotation(text: str) -> str:
    """*text* without the mail that it answers to; all of it where nothing else would be left."""
    lines = text.split("\n")
    end = _end_of_answer([_MARKS.sub("", line[:_LOOK]).strip() for line in lines])
    return "\n".join(lines[:end]).strip() or text.strip()


def _end_of_answer(lines: list[str]) -> int:
    own = [index for index, line in enumerate(lines) if line and not line.startswith(">")]
    last_own = own[-1] if own else -1
    last_quoted = max((index for index, line in enumerate(lines) if line.startswith(">")), default=-1)
    for index in own:
        line = lines[index]
        if ANSWER_ABOVE in line or _ORIGINAL.fullmatch(line) or _is_head(lines, index):
            return _above(lines, index)
        # Nothing quoted below: all of the rest is. With marks the last such line counts, answers may stand between.
        if last_quoted < index and line.endswith(":") and (start := _announcement(lines, index, dated=True)) >= 0:
            return _above(lines, start)
    if last_quoted <= last_own:
        return len(lines)
    start = _announcement(lines, last_own, dated=True)
    start = start if start >= 0 else _announcement(lines, last_own, dated=False)
    return _above(lines, start if start >= 0 else last_own + 1)


def _announcement(lines: list[str], last: int, *, dated: bool) -> int:
    """Where the announcement of a quotation begins that ends in line *last*; -1 where that is none."""
    if last < 0 or not lines[last].endswith(":"):
        return -1
    said = ""
    for start in range(last, max(-1, last - 3), -1):
        if not lines[start] or lines[start].startswith(">"):
            break
        said = f"{lines[start]} {said}"
        named = _WROTE.search(said) or _ADDRESS.search(said)
        if named and (not dated or _DATED.search(_ADDRESS.sub("", said))):
            return start
    return -1


def _is_head(lines: list[str], index: int) -> bool:
    if _WHO.match(lines[index]) is None:
        return False
    return sum(1 for line in lines[index + 1 : index + 6] if _ABOUT.match(line)) >= 2


def _above(lines: list[str], end: int) -> int:
    """*end* without empty lines and rules above it."""
    while end > 0 and (not lines[end - 1] or _RULE.fullmatch(lines[end - 1])):
        end -= 1
    return end

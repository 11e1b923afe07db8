"""The HTML of a mail as plain text: nothing of it is ever shown as HTML (T-01, T-04).

Read sign by sign, without a tree: parsers that build one take quadratic time for a wall of tags that nobody closed.
"""

from __future__ import annotations

import html
import re
from typing import Final

_LIMIT: Final = 2 * 1024 * 1024
_BLOCKS: Final = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "pre", "blockquote", "li", "hr", "dl",
     "dt", "dd", "center", "section", "article"}
)  # fmt: skip
_SPACED: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote"})
_HIDDEN: Final = frozenset({"script", "style", "title", "noscript", "template", "textarea", "select", "svg", "math"})
_TAG: Final = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})((?>[^<>"']+|"[^"]*"|'[^']*')*+)>""")
_LOOSE_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})([^>]*)>")
_HREF: Final = re.compile(r"""\bhref\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_LONGEST_TAG: Final = 4000
#: So often quotes of a tag may not fit; then they are not looked at any more.
_PATIENCE: Final = 50
_DEEPEST: Final = 8


def html_to_text(source: str) -> str:
    """*source* as text: lines for blocks, ``>`` before what is quoted, addresses behind links."""
    writer = _Writer()
    text = source[:_LIMIT]
    at, patience = 0, _PATIENCE
    while (begin := text.find("<", at)) >= 0:
        writer.words(text[at:begin])
        if text.startswith("<!--", begin):
            end = text.find("-->", begin + 4)
            at = end + 3 if end >= 0 else len(text)
            continue
        piece = text[begin : begin + _LONGEST_TAG]
        tag = _TAG.match(piece) if patience else None
        if tag is None:
            tag = _LOOSE_TAG.match(piece)
            patience -= 1 if tag is not None and patience else 0
        if tag is None:
            at = _after_other(text, begin, writer)
            continue
        at = begin + tag.end()
        name = tag[2].lower()
        if name in _HIDDEN and not tag[1]:
            hidden = re.compile(rf"</{name}\b[^>]{{0,200}}>", re.IGNORECASE).search(text, at)
            at = hidden.end() if hidden else len(text)
        elif tag[1]:
            writer.end(name)
        else:
            writer.begin(name, tag[3])
    writer.words(text[at:])
    return writer.text()


def _after_other(text: str, begin: int, writer: _Writer) -> int:
    """Where to go on behind a ``<`` that begins no tag: behind a declaration, or behind the sign alone."""
    if text[begin + 1 : begin + 2] in ("!", "?", "/"):
        end = text.find(">", begin, begin + _LONGEST_TAG)
        if end >= 0:
            return end + 1
    writer.words("<")
    return begin + 1


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits
        return text


class _Writer:
    """Writes lines; knows how deep in quotations it is."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._plain = 0
        self._link: tuple[str, int] | None = None

    def begin(self, tag: str, attributes: str) -> None:
        """Begin a line, a quotation or a link."""
        if tag in _BLOCKS:
            self._end_line(blank=tag in _SPACED)
        if tag == "br":
            self._end_line(hard=True)
        elif tag == "blockquote":
            self._depth += 1
        elif tag == "pre":
            self._plain += 1
        elif tag == "li":
            self._line.append("- ")
        elif tag in ("td", "th") and self._line:
            self._line.append("  ")
        elif tag == "hr":
            self._line.append("________________________________")
            self._end_line()
        elif tag == "a":
            found = _HREF.search(attributes)
            address = _unescaped(next(filter(None, found.groups()), "")) if found else ""
            self._link = (address.strip(), len(self._line))

    def end(self, tag: str) -> None:
        """End a line, a quotation or a link."""
        if tag == "a" and self._link is not None:
            self._end_link(*self._link)
            self._link = None
        if tag in _BLOCKS:
            self._end_line(blank=tag in _SPACED)
        if tag == "blockquote":
            self._depth = max(0, self._depth - 1)
        elif tag == "pre":
            self._plain = max(0, self._plain - 1)

    def words(self, source: str) -> None:
        """Add words to the line."""
        data = _unescaped(source)
        if not data:
            return
        if self._plain:
            for index, piece in enumerate(data.split("\n")):
                if index:
                    self._end_line(hard=True)
                self._line.append(piece)
            return
        words = " ".join(data.split())
        if not words:
            if self._line:
                self._line.append(" ")
            return
        before = " " if data[0].isspace() and self._line else ""
        self._line.append(f"{before}{words}{' ' if data[-1].isspace() else ''}")

    def _end_link(self, address: str, begun: int) -> None:
        said = "".join(self._line[begun:]).strip()
        bare = address[7:] if address[:7].lower() == "mailto:" else address
        known = {said.rstrip("/"), f"https://{said}".rstrip("/"), f"http://{said}".rstrip("/")}
        if address.lower().startswith(("http://", "https://", "mailto:")) and bare.rstrip("/") not in known:
            self._line.append(f" <{bare[:500]}>" if said else bare[:500])

    def _end_line(self, *, hard: bool = False, blank: bool = False) -> None:
        text = "".join(self._line)
        text = text.rstrip() if self._plain else " ".join(text.split())
        self._line.clear()
        if self._link is not None:
            self._link = (self._link[0], 0)
        mark = "> " * min(self._depth, _DEEPEST)
        if text or hard:
            self._lines.append(f"{mark}{text}".rstrip())
        if blank and self._lines and self._lines[-1].strip("> "):
            self._lines.append(mark.rstrip())

    def text(self) -> str:
        """Everything that was written."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")

"""The HTML of a mail as plain text: nothing of it is ever shown as HTML (T-01, T-04)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

import nh3

_LIMIT: Final = 2 * 1024 * 1024
_BLOCKS: Final = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "pre", "blockquote", "li", "hr", "dl",
     "dt", "dd", "center", "section", "article"}
)  # fmt: skip
_SPACED: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote"})
_KEPT: Final = {*_BLOCKS, "br", "a", "td", "th"}
_GONE: Final = {"script", "style", "title", "head", "noscript", "template", "textarea", "select", "svg", "math"}
_DEEPEST: Final = 8


def html_to_text(html: str) -> str:
    """*html* as text: lines for blocks, ``>`` before what is quoted, addresses behind links."""
    # The cleaner makes any soup well-formed, in linear time: the library's parser is not made for soup.
    clean = nh3.clean(
        html[:_LIMIT], tags=_KEPT, clean_content_tags=_GONE, attributes={"a": {"href"}, "div": {"id"}},
        url_schemes={"http", "https", "mailto"}, link_rel=None,
    )  # fmt: skip
    writer = _Writer()
    writer.feed(clean)
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """Writes lines; knows how deep in quotes it is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._plain = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
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
        elif tag == "hr":
            self._line.append("________________________________")
            self._end_line()
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._line)))

    def handle_endtag(self, tag: str) -> None:
        """End a line, a quotation or a link."""
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in ("td", "th"):
            self._line.append("  ")
        if tag in _BLOCKS:
            self._end_line(blank=tag in _SPACED)
        if tag == "blockquote":
            self._depth -= 1
        elif tag == "pre":
            self._plain -= 1

    def handle_data(self, data: str) -> None:
        """Add words to the line."""
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
        bare = address.removeprefix("mailto:")
        if bare and bare.rstrip("/") not in (said.rstrip("/"), f"https://{said}".rstrip("/"), f"http://{said}"):
            self._line.append(f" <{bare[:500]}>" if said else bare[:500])

    def _end_line(self, *, hard: bool = False, blank: bool = False) -> None:
        text = "".join(self._line)
        text = text.rstrip() if self._plain else " ".join(text.split())
        self._line = []
        self._links = [(address, 0) for address, _ in self._links]
        mark = "> " * min(self._depth, _DEEPEST)
        if text or hard:
            self._lines.append(f"{mark}{text}".rstrip())
        if blank and self._lines and self._lines[-1].strip("> "):
            self._lines.append(mark.rstrip())

    def text(self) -> str:
        """Everything that was written."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")

"""An article's text as its readers see it: Markdown, with its own pictures where their names stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from helpdesk_core.toolkit import render_markdown

_PICTURE: Final = re.compile(r"!\[([^\]\n]{0,300})\]\(<?([^()<>\n]{1,255}?)>?\)")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")


def article_html(body: str, pictures: Mapping[str, str]) -> Markup:
    """*body* as safe HTML; a picture stands on a line of its own, ``![caption](name.png)``.

    *pictures* are the addresses of the article's own files by name: one from elsewhere would tell its owner who reads
    the article, so it is not drawn.
    """
    parts: list[Markup] = []
    text: list[str] = []
    fenced = False
    for line in body.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        found = None if fenced else _PICTURE.fullmatch(line.strip())
        if found is None:
            text.append(line)
            continue
        parts += [render_markdown("\n".join(text)), _figure(found[1], pictures.get(found[2]))]
        text = []
    return Markup("").join([*parts, render_markdown("\n".join(text))])


def without_pictures(body: str) -> str:
    """*body* for where its pictures cannot be drawn, such as an answer on a ticket."""
    kept = [line for line in body.split("\n") if _PICTURE.fullmatch(line.strip()) is None]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _figure(caption: str, url: str | None) -> Markup:
    if url is None:
        return Markup("<p><em>{}</em></p>").format(caption)
    shown = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup('<figure><img src="{}" alt="{}" loading="lazy">{}</figure>').format(url, caption, shown)

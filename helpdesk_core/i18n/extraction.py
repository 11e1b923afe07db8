"""Every text that the code marks for translation, and where it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

#: What wraps a text in the code: name -> which arguments are texts.
KEYWORDS: Final[dict[str, Any]] = {
    "_": None, "_l": None, "_n": (1, 2), "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "lazy_ngettext": (1, 2), "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
    "message": None, "message_n": (1, 2), "_permission": (2,),
}  # fmt: skip
_METHODS: Final = [
    ("scaffold/**", "ignore"),
    ("static/**", "ignore"),
    ("migrations/**", "ignore"),
    ("testing/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]


@dataclass(frozen=True, slots=True)
class Found:
    """One marked text, or a singular with its plural, at one place; ``comments`` are for translators."""

    path: str
    line: int
    texts: tuple[str, ...]
    context: str
    comments: tuple[str, ...]


def marked_texts(package: Path) -> Iterator[Found]:
    """The marked texts of a package's code and templates; paths begin with the package's name."""
    from babel.messages.extract import extract_from_dir

    found = extract_from_dir(
        package,
        _METHODS,
        {"templates/**.html": {"silent": "false"}, "templates/**.txt": {"silent": "false"}},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for name, line, text, comments, context in found:
        texts = (text,) if isinstance(text, str) else tuple(text)
        if texts[0]:
            yield Found(f"{package.name}/{name}", line, texts, context or "", tuple(comments))
    yield from _summary(package)


def _summary(package: Path) -> Iterator[Found]:
    # A plugin says what it is for in its manifest, which the card of an application shows.
    manifest = package / "helpdesk-plugin.toml"
    if not manifest.is_file():
        return
    text = manifest.read_text(encoding="utf-8")
    summary = str(tomllib.loads(text).get("summary", ""))
    if summary:
        line = next((number for number, one in enumerate(text.splitlines(), 1) if one.startswith("summary")), 1)
        yield Found(f"{package.name}/{manifest.name}", line, (summary,), "", ())

"""Texts of refusals: English for logs, commands and programs, the reader's language wherever a template shows them."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any


class Message(str):
    """An English text that remembers what it was made of, so that a page can say it in another language.

    It is an ordinary string everywhere but in a template, which asks for ``__html__``.
    """

    msgid: str
    plural: str | None
    values: dict[str, Any]

    def __html__(self) -> str:
        return html.escape(translated(self))


def message(msgid: str, **values: Any) -> Message:
    """The text *msgid* with *values* in its ``%(name)s`` places; catalogs know it by the text itself."""
    made = Message(msgid % values if values else msgid)
    made.msgid, made.plural, made.values = msgid, None, values
    return made


def message_n(one: str, many: str, num: int, **values: Any) -> Message:
    """The text for *num* things: *one* or *many* in English, as many forms as there are elsewhere."""
    values = {"num": num, **values}
    made = Message((one if num == 1 else many) % values)
    made.msgid, made.plural, made.values = one, many, values
    return made


def translated(text: str) -> str:
    """*text* in the reader's language where it is a ``Message``, else as it is."""
    return _translators[-1](text) if isinstance(text, Message) and _translators else str(text)


def translate_by(translator: Callable[[Message], str]) -> None:
    """Say how messages are translated: the layer that knows the reader's language calls this."""
    _translators[:] = [translator]


_translators: list[Callable[[Message], str]] = []

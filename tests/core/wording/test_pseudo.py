"""With every word between marks, what is read outside of them was never marked for translation.

What is data stands in the tables below, each with its reason. A mark that never ends is a text that was cut off.
"""

from __future__ import annotations

import re

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.testing.renaming import BEGINNING, END
from helpdesk_core.wording.inventory import inventory
from tests.core.wording.pages import DATA, Seen, customer_pages, filled, plain, read_page, speak, staff_pages

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base", "notifications"], words="pseudo")

#: Elements that hold no sentence of ours, by their tag, class or name.
NO_SENTENCES = re.compile(
    r"^(?:code|kbd|samp|pre)\b"
    r"|^time\b"  # Babel says them
    r"|\b(?:num|avatar)\b"  # numbers and initials
    r"|\btimezone\b"  # names of the zones' data, such as Asia/Kuala Lumpur
    r"|\bapp-(?:summary|name)\b"  # of the package of an application, which is shown before anything of it is loaded
    r"|\bpreset-\w+"  # statuses of presets, which are no words of this desk yet
    r"|\blang-(?!en\b)\w+|\bword-(?:text|source|others)\b"  # words shown in their own language to translators
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CLOSED = re.compile(re.escape(BEGINNING) + r"[^⟦⟧]*" + re.escape(END), re.S)


def outside(text: str) -> str:
    """What of *text* stands outside of all marks, data left out."""
    before = None
    while before != text:
        before, text = text, _CLOSED.sub(" ", text)
    for known in sorted(DATA, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text)
    # Keys, addresses, placeholders of numbers and files.
    text = re.sub(r"\S+@\S+|\b(?:contact|employee)\d+\b|\b\w+(?:[._:/-]\w+)+\b|\{\{.*?\}\}|#\w+", " ", text)
    return plain(text) if _WORD.search(text) or BEGINNING in text or END in text else ""


def unmarked(html: str, shown: frozenset[str] = frozenset()) -> list[str]:
    """Texts of a page that are neither between marks nor data, nor *shown* to translators as what they translate."""
    seen: Seen = read_page(html)
    found = [f"{name}: {left}" for name, text in seen.attributes if (left := outside(text))]
    # A text may go on over several elements: "<b>" inside of it. Its marks are then in several pieces.
    depth, loose = 0, ""
    for around, text in seen.texts:
        for piece in re.split(r"([⟦⟧])", text):
            if piece == BEGINNING:
                depth += 1
            elif piece == END:
                depth -= 1
            elif (
                depth <= 0
                and plain(piece).strip(" ·") not in shown
                and not any(NO_SENTENCES.search(one) for one in around)
                and (left := outside(piece))
            ):
                found.append(f"{around[-1] if around else ''}: {left}")
        loose = plain(text) if depth and not loose else loose
    return found + ([f"cut off: {loose}"] if depth else [])


def test_every_text_of_every_page_is_marked_for_translation(app: Flask, desk: Desk) -> None:
    """UR-10: texts, titles, placeholders, names for assistive technology, buttons; of the staff and of customers."""
    ticket = filled(desk)
    speak(desk, "en")
    sources = frozenset(
        {"tests", "Open · Helpdesk", *(plain(word.texts[0]) for word in inventory().words if word.label)}
    )
    wrong = {}
    for person, paths in (
        (desk.admin, staff_pages(desk, ticket)),
        (desk.customer, customer_pages(ticket)),
        (None, ["/login", "/forgot"]),
    ):
        client = app.test_client()
        if person is not None:
            sign_in(app, client, person)
        for path in paths:
            shown = sources if path.startswith("/settings/translations") else frozenset()
            if found := unmarked(client.get(path).text, shown):
                wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>⟦Ópéñ⟧</p>", []),
        ("<p>Open</p>", ["p: Open"]),
        ('<p title="Open">3</p>', ["title: Open"]),
        ("<p>⟦Á <b>⟦ñáḿé⟧</b> çáme ~⟧ and more</p>", ["p: and more"]),
        ("<p>⟦Ópéñ tíck…</p>", ["cut off: ⟦Ópéñ tíck…"]),
        ("<p>Ada Admin, 30 %</p><code>x y</code><script>var words;</script>", []),
        ('<input type="submit" value="Send">', ["value: Send"]),
    ],
)
def test_the_reading_finds_what_it_is_there_to_find(html: str, expected: list[str]) -> None:
    assert unmarked(html) == expected

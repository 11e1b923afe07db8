"""The main pages of a desk with something on each, and what a reader sees of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.testing import Desk
from helpdesk_core.users.models import Employee
from helpdesk_core.wording.words import digest_of

#: Attributes that are shown or read aloud.
_SEEN = ("title", "placeholder", "aria-label", "alt", "aria-description", "data-confirm", "label")
#: Texts that people of this desk typed, and names that nobody translates.
DATA = (
    "Ada Admin", "Lee Lead", "Ivan Insider", "Olga Outsider", "Chandra Customer", "Siti Stranger", "Kopi Tiam", "Field",
    "Till prints nothing", "Second", "It", "worked", "yesterday.", "We are on our way.", "The key is under the mat.",
    "Thank you!", "till", "Client", "Partner", "VIP",
    "Helpdesk",  # the site's name, a setting
    "English", "Bahasa Melayu", "Русский", "العربية",  # each in itself: who reads no other finds his own
    "UTC", "Ctrl", "Enter",
    "knowledge_base", "notifications",  # applications by their key
)  # fmt: skip
_UNSEEN = frozenset({"script", "style", "template", "textarea"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass(slots=True)
class Seen:
    """A page as it is read: its texts with the elements around each, its attributes, and every attribute's name."""

    texts: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def all(self) -> Iterator[str]:
        """Every text and attribute."""
        yield from (text for _around, text in self.texts)
        yield from (text for _name, text in self.attributes)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._around: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.seen.names |= given.keys()
        if tag != "time":  # its title is the exact time, which Babel says
            self.seen.attributes += [(name, given[name]) for name in _SEEN if given.get(name, "").strip()]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.seen.attributes.append(("value", given.get("value", "")))
        if tag not in _VOID:
            lang = f" lang-{given['lang']}" if "lang" in given else ""
            kept = f"{tag} {given.get('class', '')} {given.get('name', '')}{lang}"
            self._around.append(" ".join(kept.split()))

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self._around) - 1, -1, -1):
            if self._around[index].partition(" ")[0] == tag:
                del self._around[index:]
                return

    def handle_data(self, data: str) -> None:
        tags = {one.partition(" ")[0] for one in self._around}
        if data.strip() and not _UNSEEN & tags:
            self.seen.texts.append((tuple(self._around), data))


def read_page(html: str) -> Seen:
    """What there is to read on a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.seen


def plain(text: str) -> str:
    """*text* with single spaces, as a browser shows it."""
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip(" ")


def speak(desk: Desk, language: str) -> None:
    """Let the administrator read *language*."""
    with unit_of_work() as session:
        session.get_one(Employee, desk.admin.id).language = language


def staff_pages(desk: Desk, ticket: int) -> list[str]:
    """The main pages that the administrator opens."""
    word = digest_of("core", "status", "service_desk.open")
    lists = [f"/settings/lists/{kind}" for kind in ("types", "priorities", "categories", "fields", "canned")]
    return [
        "/inbox", "/tickets", "/tickets?status=service_desk.open&view=all", "/tickets?q=nothing-like-this",
        f"/tickets/{ticket}", f"/tickets/{ticket}?tab=history", f"/tickets/{ticket}?tab=internal",
        f"/tickets/{ticket}/edit", "/tickets/new", "/companies", f"/companies/{desk.company_id}", "/companies/new",
        "/contacts", f"/contacts/{desk.customer.id}", "/contacts/new", "/employees", f"/employees/{desk.lead.id}",
        "/employees/new", "/groups", "/groups/new", "/account", "/settings", "/settings/general", "/settings/roles",
        "/settings/statuses", "/settings/statuses/1", "/settings/statuses/new", "/settings/applications",
        "/settings/statuses/steps", "/settings/statuses/rules", "/settings/statuses/types", "/settings/configuration",
        "/settings/jobs", "/settings/fields/visibility", "/settings/translations", f"/settings/translations/ms/{word}",
        "/settings/translations/import", "/knowledge_base/", "/knowledge_base/sections/new",
        "/settings/notifications/", "/settings/notifications/words", "/settings/notifications/sending",
        "/settings/notifications/design", *lists, *(f"{one}/new" for one in lists), "/no-such-page",
    ]  # fmt: skip


def customer_pages(ticket: int) -> list[str]:
    """The pages of a customer."""
    return ["/my", "/my?show=all", f"/my/{ticket}", "/my/new", "/account", "/no-such-page"]


def filled(desk: Desk) -> int:
    """A ticket with words, a note and an answer on it; another one is finished."""
    ticket = desk.ticket(subject="Till prints nothing", description="It **worked** yesterday.", tags=("till",))
    desk.comment(ticket, "We are on our way.")
    desk.comment(ticket, "The key is under the mat.", internal=True)
    desk.comment(ticket, "Thank you!", actor=desk.customer)
    desk.ticket(subject="Second", group_id=desk.group_id)
    return ticket

"""Names that the pages say alone, in menus and titles: a site may call a ticket a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from helpdesk_core.contract.messages import Message, message, translated
from helpdesk_core.i18n.terms import term

NOUN: Final = "noun"
SECTION: Final = "section"

#: By context and key, the text of the catalogs that is said where nobody renamed it.
NOUNS: Final[Mapping[tuple[str, str], Message]] = {
    (NOUN, "ticket"): message("Ticket"),
    (NOUN, "customer"): message("Customer"),
    (NOUN, "company"): message("Company"),
    (NOUN, "contact"): message("Contact"),
    (NOUN, "employee"): message("Employee"),
    (NOUN, "status"): message("Status"),
    (NOUN, "priority"): message("Priority"),
    (NOUN, "type"): message("Type"),
    (SECTION, "inbox"): message("Inbox"),
    (SECTION, "tickets"): message("Tickets"),
    (SECTION, "companies"): message("Companies"),
    (SECTION, "contacts"): message("Contacts"),
    (SECTION, "employees"): message("Employees"),
    (SECTION, "groups"): message("Groups"),
    (SECTION, "settings"): message("Settings"),
    (SECTION, "my"): message("My requests"),
    (SECTION, "new"): message("New request"),
}


def noun(key: str) -> str:
    """The name of a thing: ``ticket``, ``customer`` and the like."""
    return term(NOUN, key, translated(NOUNS[NOUN, key]))


def section(key: str) -> str:
    """The name of a part of the desk, as its menu and its page's title say it."""
    return term(SECTION, key, translated(NOUNS[SECTION, key]))

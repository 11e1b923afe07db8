"""What a browser can tell of a page: its width, its colours, the names and the focus of its controls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page

#: Roles that a person operates; Chromium computes their names as assistive technology reads them.
_OPERATED = frozenset(
    {"button", "checkbox", "combobox", "link", "listbox", "menuitem", "radio", "searchbox", "slider", "spinbutton",
     "switch", "tab", "textbox", "DisclosureTriangle"}
)  # fmt: skip

#: Answers that are no pages: files, data, and what only scripts ask.
NO_PAGES = frozenset(
    {"static", "ui.palette", "start", "users.photo", "tickets.attachment", "tickets.export", "tickets.pick_company",
     "tickets.pick_contact", "customers.search_companies", "customers.search_contacts",
     "applications.live", "applications.export", "configuration.export", "wording.export", "inbound.raw_mail"}
)  # fmt: skip


def _script(name: str) -> str:
    functions = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")
    return f"argument => {{ {functions} return looking.{name}(argument); }}"


def paths(app: Flask, values: dict[str, list[Any]]) -> list[str]:
    """The address of every page of *app*, with *values* for the arguments; a page nobody can fill is an error."""
    found: list[str] = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGES or rule.endpoint.endswith(".static"):
                continue
            unknown = rule.arguments - values.keys()
            assert not unknown, f"{rule.rule}: say in the test what stands for {sorted(unknown)}"
            chosen: list[dict[str, Any]] = [{}]
            for name in sorted(rule.arguments):
                chosen = [{**one, name: value} for one in chosen for value in values[name]]
            found += [app.url_for(rule.endpoint, **one) for one in chosen]
    return sorted(set(found))


def sideways(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def nameless(page: Page) -> list[str]:
    """Controls that assistive technology would read without a name."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    bad = []
    for node in nodes:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in _OPERATED and not node.get("name", {}).get("value", "").strip():
            told = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
            bad.append(f"{role} <{told['localName']} {' '.join(told.get('attributes', []))}>")
    session.detach()
    return bad


def faint(page: Page) -> list[str]:
    """Texts whose contrast is below WCAG AA: 4.5, or 3 where they are large."""
    found: list[str] = page.evaluate(_script("faint"))
    return found


def small_targets(page: Page, least: int) -> list[str]:
    """Buttons, fields and menu entries that are lower or narrower than *least* pixels for a finger."""
    found: list[str] = page.evaluate(_script("small"), least)
    return found


def unseen_focus(page: Page) -> list[str]:
    """What looks the same with and without the keyboard's focus."""
    found: list[str] = page.evaluate(_script("focus"))
    return found

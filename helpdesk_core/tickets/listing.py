"""What the list page shows: columns, views, filter chips, bulk actions and the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import holds, visible
from helpdesk_core.contract.actor import Actor
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.fields.visibility import visible_fields
from helpdesk_core.i18n.nouns import noun, section
from helpdesk_core.i18n.terms import term
from helpdesk_core.search.queries import search_items
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.bulk import UNTIL
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.extra_fields import extra_fields, texts_of
from helpdesk_core.tickets.extra_filters import filter_words
from helpdesk_core.tickets.field_values import value_text, values_of
from helpdesk_core.tickets.filters import SORTS, TicketQuery
from helpdesk_core.tickets.forms import FilterForm, assignee_options
from helpdesk_core.tickets.models import SavedView
from helpdesk_core.tickets.queries import ListPage, TicketRow, list_page
from helpdesk_core.tickets.saved_views import chosen_columns, views_for
from helpdesk_core.tickets.steps import named
from helpdesk_core.users.catalog import people

#: Hits of each plugin's kind beside a search.
_FOUND = 5
_FLAGS = frozenset({"open", "overdue", "unread", "watching", "distribution"})
DEFAULT_COLUMNS = ("number", "subject", "status", "priority", "company", "assignee", "due", "updated")


def list_url(query: TicketQuery, endpoint: str = "tickets.index") -> str:
    """The address of that list."""
    args: dict[str, list[str]] = {}
    for name, value in query.pairs():
        args.setdefault(name, []).append(value)
    if query.cursor:
        args["cursor"] = [query.cursor]
    return url_for(endpoint, **args)  # type: ignore[arg-type]


def column_labels(actor: Actor) -> dict[str, str]:
    """All columns there are for this reader, by key."""
    labels = {
        "number": _("Number"),
        "subject": _("Subject"),
        "status": noun("status"),
        "priority": noun("priority"),
        "type": noun("type"),
        "company": noun("customer"),
        "contact": _("Contact"),
        "assignee": _("Assignee"),
        "group": _("Group"),
        "due": _("Due"),
        "created": _("Created"),
        "updated": _("Updated"),
        "tags": _("Tags"),
    }
    labels |= {f"field.{field.key}": field.label for field in visible_fields(actor)}
    return labels | {field.name: field.label for field in extra_fields(actor)}


def build_list(session: Session, query: TicketQuery, actor: Actor) -> dict[str, Any]:
    """Everything that the list's template draws."""
    saved = views_for(session, actor)
    current = next((view for view in saved if str(view.id) == query.view), None)
    if current is None:
        query = replace(query, view=None)
    labels = column_labels(actor)
    chosen = chosen_columns(session, query.view or "default", actor) or list(DEFAULT_COLUMNS)
    shown = [key for key in chosen if key in labels] or list(DEFAULT_COLUMNS)
    page = list_page(session, query, actor=actor)
    rows = _with_cells(session, page.rows, shown, actor)
    names = _value_names(session, query, actor) if query.filter_pairs() else {}
    return {
        "title": current.name if current else section("tickets"),
        "count_text": None,
        "views": _views(query, saved),
        "save_view_url": url_for("tickets.save_view", **_as_args(query)),
        "delete_view_url": (
            url_for("tickets.delete_view", view_id=current.id) if current and current.owner_id == actor.id else None
        ),
        "query": query.pairs(),
        "q": query.q,
        "filters": _chips(query, names),
        "clear_url": url_for("tickets.index"),
        "filter_form": FilterForm.of(query, names, actor),
        "filter_url": url_for("tickets.index"),
        "columns": [_column(key, labels[key], query) for key in shown],
        "rows": rows,
        "pager": _pager(query, page),
        "bulk": {"url": url_for("tickets.bulk"), "actions": _bulk_actions(actor)},
        "export_url": list_url(query, "tickets.export") if holds(actor, "core:ticket:export") else None,
        "columns_url": url_for("tickets.columns"),
        "column_choices": [
            {"key": key, "label": labels[key], "shown": key in shown}
            for key in (*shown, *(key for key in labels if key not in shown))
        ],
        "filtered": query.is_filtered,
        "found": _found(query, actor),
    }


def _found(query: TicketQuery, actor: Actor) -> list[dict[str, Any]]:
    """What plugins have for the words of the search, by kind; asked on the first page only."""
    hits = search_items(query.q, actor=actor, limit=_FOUND) if query.q and query.cursor is None else []
    kinds = dict.fromkeys(hit.label for hit in hits)
    return [{"label": str(label), "hits": [hit for hit in hits if hit.label == label]} for label in kinds]


def _as_args(query: TicketQuery) -> Mapping[str, Any]:
    args: dict[str, list[str]] = {}
    for name, value in query.pairs():
        args.setdefault(name, []).append(value)
    return args


def _with_cells(session: Session, rows: Sequence[TicketRow], shown: Sequence[str], actor: Actor) -> list[TicketRow]:
    wanted = [field for field in visible_fields(actor) if f"field.{field.key}" in shown]
    extra = [field for field in extra_fields(actor) if field.name in shown]
    if not wanted and not extra:
        return list(rows)
    ids = [row.ticket_id for row in rows]
    values, texts = values_of(session, ids, wanted), texts_of(session, extra, ids)
    return [
        replace(
            row,
            cells={f"field.{field.key}": value_text(field, values[row.ticket_id].get(field.key)) for field in wanted}
            | texts[row.ticket_id],
        )
        for row in rows
    ]


def _column(key: str, label: str, query: TicketQuery) -> dict[str, Any]:
    sorted_now = ("descending" if query.descending else "ascending") if key == query.sort else None
    url = list_url(query.sorted_by(key)) if key in SORTS else None
    css_class = f"col-{key.replace('.', '-')}"
    return {"key": key, "label": label, "css_class": css_class, "sort_url": url, "sorted": sorted_now}


def _pager(query: TicketQuery, page: ListPage) -> dict[str, Any]:
    return {
        "previous_url": list_url(replace(query, cursor=page.previous_cursor)) if page.previous_cursor else None,
        "next_url": list_url(replace(query, cursor=page.next_cursor)) if page.next_cursor else None,
        "text": _("%(count)d tickets on this page", count=len(page.rows)),
    }


def _views(query: TicketQuery, saved: Sequence[SavedView]) -> list[dict[str, Any]]:
    pairs = replace(query, view=None).filter_pairs()
    built_in = [
        ("all", _("All"), TicketQuery()),
        ("open", _("Open"), TicketQuery(open=True)),
        ("mine", _("Mine"), TicketQuery(assignee=("me",), open=True)),
        ("groups", _("My groups"), TicketQuery(group=("mine",), open=True)),
        ("overdue", _("Overdue"), TicketQuery(overdue=True, sort="due", descending=False)),
        ("unread", _("Unread"), TicketQuery(unread=True)),
    ]
    views: list[dict[str, Any]] = [
        {
            "key": key,
            "label": label,
            "url": list_url(one),
            "active": query.view is None and pairs == one.filter_pairs(),
            "count": None,
            "shared": True,
        }
        for key, label, one in built_in
    ]
    views.extend(
        {
            "key": f"view-{view.id}",
            "label": view.name,
            "url": url_for("tickets.index", view=view.id),
            "active": query.view == str(view.id),
            "count": None,
            "shared": view.shared,
            "icon": "people" if view.shared else "bookmark",
        }
        for view in saved
    )
    return views


def _chips(query: TicketQuery, names: Mapping[tuple[str, str], str]) -> list[dict[str, str]]:
    pairs = query.filter_pairs()
    if not pairs:
        return []
    chips = []
    labels = {
        "status": noun("status"),
        "category": _("State"),
        "type": noun("type"),
        "priority": noun("priority"),
        "assignee": _("Assignee"),
        "group": _("Group"),
        "company": _("Company"),
        "contact": _("Contact"),
        "tag": _("Tag"),
        "created_from": _("Created from"),
        "created_to": _("Created until"),
        "open": _("Open"),
        "overdue": _("Overdue"),
        "unread": _("Unread"),
        "watching": _("Watching"),
        "distribution": _("For distribution"),
        "q": _("Text"),
    }
    extra_labels, extra_values = filter_words(query.extra)
    labels |= extra_labels
    names = {**names, **extra_values}
    for index, (name, value) in enumerate(pairs):
        args: dict[str, list[str]] = {}
        for other, kept in pairs[:index] + pairs[index + 1 :]:
            args.setdefault(other, []).append(kept)
        if value == "yes" and name in _FLAGS:
            label, text = _("Only"), labels[name]
        else:
            label, text = labels[name], names.get((name, value), value)
        chips.append({"label": label, "value": text, "remove_url": url_for("tickets.index", **args)})  # type: ignore[arg-type]
    return chips


def _value_names(session: Session, query: TicketQuery, actor: Actor) -> dict[tuple[str, str], str]:
    catalog, staff = ticket_catalog(), people()
    names = {("status", status.key): term("status", status.key, status.label) for status in status_catalog().ordered}
    names |= {("type", str(kind.id)): kind.label for kind in catalog.types.values()}
    names |= {("priority", str(priority.id)): priority.label for priority in catalog.priorities.values()}
    names |= {("assignee", str(one.id)): one.name for one in staff.employees.values()}
    names |= {("group", str(group.id)): group.name for group in staff.groups.values()}
    names |= {("assignee", "me"): _("me"), ("assignee", "none"): _("nobody"), ("group", "mine"): _("my groups")}
    names |= {("group", "none"): _("none"), ("type", "none"): _("none")}
    if query.company is not None:
        name = session.scalar(_seen(select(Company.name).where(Company.id == query.company), actor, Company))
        names[("company", str(query.company))] = name or "?"
    if query.contact is not None:
        name = session.scalar(_seen(select(Contact.name).where(Contact.id == query.contact), actor, Contact))
        names[("contact", str(query.contact))] = name or "?"
    return names


def _seen(query: Any, actor: Actor, model: type[Company] | type[Contact]) -> Any:
    # A name is not told by an id in the address: who may not see the customer reads a question mark (T-06).
    return visible(query, actor, "core:customer:read", model)


def _bulk_actions(actor: Actor) -> list[dict[str, Any]]:
    catalog = ticket_catalog()
    actions: list[dict[str, Any]] = []
    if holds(actor, "core:ticket:transition"):
        options = [
            (one.key, named(one)) for one in status_catalog().ordered if not one.requires_until and one.available
        ]
        actions.append({"key": "status", "label": _("Set the status"), "kind": "select", "options": options})
        actions += [
            {"key": f"{UNTIL}{one.key}", "label": _("%(status)s until", status=named(one)), "kind": "moment"}
            for one in status_catalog().ordered
            if one.requires_until and one.available
        ]
    if holds(actor, "core:ticket:assign"):
        options = assignee_options()
        actions.append({"key": "assignee", "label": _("Assign to"), "kind": "select", "options": options})
    if holds(actor, "core:ticket:change"):
        options = [(str(one.id), one.label) for one in catalog.priorities.values() if one.active]
        actions.append({"key": "priority", "label": _("Set the priority"), "kind": "select", "options": options})
        actions.append({"key": "tag", "label": _("Add a tag"), "kind": "text", "options": []})
    return actions

"""What the card shows: head, conversation, composer and the panel of properties."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.fields.visibility import hidden_names, visible_fields
from helpdesk_core.i18n.nouns import section
from helpdesk_core.settings.registry import comments_internal_by_default, upload_limit
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets.card_queries import CardData, canned_groups
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.contributions import plugin_actions, related_items
from helpdesk_core.tickets.entries import attachment_view, comment_entry, description_entry, method_view
from helpdesk_core.tickets.extra_fields import panel_rows, unreadable_names
from helpdesk_core.tickets.field_values import values_of
from helpdesk_core.tickets.history import system_entry
from helpdesk_core.tickets.panel import customer, field_property, observer_person, observers_property, properties
from helpdesk_core.tickets.queries import is_overdue
from helpdesk_core.tickets.steps import finish_target, named, open_steps
from helpdesk_core.ui.formatting import filesize

#: Events that are drawn between the comments; the rest stands in the history.
_IN_TIMELINE = frozenset({"ticket.changed", "ticket.transitioned", "ticket.linked"})


def file_limit() -> int:
    """The largest file that may be attached, in bytes."""
    return upload_limit()


def build_card(session: Session, card: CardData, actor: Actor, *, tab: str) -> dict[str, Any]:
    """Everything that the card's template draws."""
    ticket, rights = card.ticket, card.rights
    change = "core:ticket:change" in rights
    properties_url = url_for("tickets.properties", ticket_id=ticket.id)
    fields = visible_fields(actor)
    values = values_of(session, [ticket.id], fields)[ticket.id]
    hidden = hidden_names(actor) | unreadable_names(actor) | card.unseen
    return {
        "ticket": head(card),
        "back": {"label": section("tickets"), "url": url_for("tickets.index")},
        "transitions": _transitions(card, actor),
        "actions": [*plugin_actions(ticket, actor), *_actions(card)],
        "edit_url": url_for("tickets.edit", ticket_id=ticket.id) if change else None,
        "watch": {
            "watching": ("employee", actor.id) in card.observers,
            "url": url_for("tickets.watch", ticket_id=ticket.id),
        },
        "tabs": _tabs(card, tab),
        "tab": "history" if tab == "history" else "conversation",
        "entries": timeline(card, actor, only=tab),
        "earlier_url": (
            url_for("tickets.card", ticket_id=ticket.id, tab=tab, everything="yes") if card.more_comments else None
        ),
        "history": [system_entry(event, detailed=True, hidden=hidden) for event in reversed(card.events)],
        "composer": composer(
            session, card, url_for("tickets.comment", ticket_id=ticket.id), actor, **_canned_page(actor)
        ),
        "properties": properties(card),
        "properties_url": properties_url if change or "core:ticket:assign" in rights else None,
        "fields": [
            *(field_property(field, values.get(field.key)) for field in fields),
            *panel_rows(session, ticket.id, actor),
        ],
        "fields_url": properties_url if change else None,
        "customer": customer(card),
        "customer_edit_url": url_for("tickets.edit", ticket_id=ticket.id) if change else None,
        "observers": [observer_person(kind, row_id) for kind, row_id in card.observers],
        "observers_prop": observers_property(card) if change else None,
        "links": [_link(row, ticket.id, change) for row in card.links],
        "link_url": url_for("tickets.link", ticket_id=ticket.id) if change else None,
        "relations": list(_relations().items())[:4],
        "attachments": [attachment_view(file) for file in card.attachments],
        "similar": [mini(row) for row in card.similar],
        "related": related_items(session, ticket, actor),
    }


def head(card: CardData) -> dict[str, Any]:
    """The ticket itself, for its head."""
    ticket, catalog = card.ticket, ticket_catalog()
    status = status_catalog().by_key[ticket.status_key]
    kind = catalog.types.get(ticket.type_id or 0)
    return {
        "id": ticket.id,
        "number": ticket.id,
        "subject": ticket.subject,
        "url": url_for("tickets.card", ticket_id=ticket.id),
        "status": status,
        "priority": catalog.priorities.get(ticket.priority_id),
        "type": {"label": kind.label, "internal": kind.internal} if kind else None,
        "method": method_view(ticket.registration_method),
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "due_at": ticket.due_at,
        "until_at": ticket.until_at,
        "overdue": is_overdue(ticket.due_at, status),
        "version": ticket.version,
        "author": {"name": ticket.author_label} if ticket.author_label else None,
    }


def timeline(card: CardData, actor: Actor, *, only: str = "all") -> list[dict[str, Any]]:
    """Description, comments and events in the order they happened; *only* is ``all``, ``public`` or ``internal``."""
    files: dict[int | None, list[Any]] = {}
    for file in card.attachments:
        files.setdefault(file.comment_id, []).append(attachment_view(file))
    entries = [
        comment_entry(comment, files.get(comment.id, []), card, actor)
        for comment in card.comments
        if only not in ("public", "internal") or comment.internal == (only == "internal")
    ]
    if only not in ("public", "internal"):
        # A closed view of a contact holds no editing of comments, only what became of the ticket.
        hidden = hidden_names(actor) | unreadable_names(actor) | card.unseen
        customer = actor.kind is ActorKind.CONTACT
        entries += [
            system_entry(event, detailed=False, hidden=hidden, for_customer=customer)
            for event in card.events
            if event.name in _IN_TIMELINE
        ]
    entries.sort(key=lambda entry: entry["at"])
    if only != "internal" and not card.more_comments and (card.ticket.description or files.get(None)):
        entries.insert(0, description_entry(card, files.get(None, [])))
    return entries


def composer(session: Session, card: CardData, url: str, actor: Actor, **typed: Any) -> dict[str, Any] | None:
    """The reply box, with what the reader may do in it; none where he may write nothing."""
    rights = card.rights
    public, internal = "core:ticket:comment" in rights, "core:ticket:note" in rights
    if not public and not internal:
        return None
    finish = finish_target(card.ticket, actor)
    staff = url.startswith("/tickets/")
    return {
        "url": url,
        "internal": not public or (internal and comments_internal_by_default()),  # OK-072
        "may_public": public,
        "may_internal": internal,
        "may_finish": finish is not None and "core:ticket:transition" in rights,
        "finish_label": _("Send and finish"),
        "finish_status": named(finish) if finish is not None else "",
        "preview_url": url_for("tickets.preview"),
        "draft_key": f"ticket-{card.ticket.id}",
        "body": "",
        "errors": [],
        "to": _("To: %(name)s", name=card.contact.name) if card.contact and staff else "",
        "limit_text": _("up to %(size)s each", size=filesize(file_limit())),
        "max_bytes": file_limit(),
        "canned": canned_groups(session) if staff else None,
        "canned_url": None,
        "ticket": head(card) if staff else None,
        **typed,
    }


def _canned_page(actor: Actor) -> dict[str, str]:
    may = holds(actor, "core:canned:manage")
    return {"canned_url": url_for("settings.list_entries", kind="canned")} if may else {}


def _transitions(card: CardData, actor: Actor) -> list[dict[str, Any]]:
    if "core:ticket:transition" not in card.rights:
        return []
    catalog = status_catalog()
    current = catalog.by_key[card.ticket.status_key]
    icons = {"new": "circle", "open": "play", "waiting": "pause", "solved": "check2-circle", "closed": "check2-all"}
    return [
        {
            "key": target.key,
            "label": named(target),
            "icon": icons.get(target.category.value, "arrow-right"),
            "url": url_for("tickets.transition", ticket_id=card.ticket.id),
            "primary": target.key == current.finish_target,
            "needs_date": target.requires_until,
        }
        for target in open_steps(card.ticket, actor)
    ]


def _actions(card: CardData) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = []
    if "core:ticket:delete" in card.rights:
        actions.append(
            {
                "label": _("Delete the ticket"),
                "url": url_for("tickets.delete", ticket_id=card.ticket.id),
                "icon": "trash",
                "method": "post",
                "danger": True,
                "confirm": _("Delete this ticket?"),
                "confirm_text": _("Its comments, files and history go with it. This cannot be undone."),
            }
        )
    return actions


def _tabs(card: CardData, tab: str) -> list[dict[str, Any]]:
    tabs = [("all", _("All"), None), ("public", _("Public"), "reply"), ("history", _("History"), "clock-history")]
    if card.internal:
        tabs.insert(2, ("internal", _("Internal"), "lock"))
    notes = sum(1 for comment in card.comments if comment.internal)
    # Of a long ticket only the end is read, so nobody has counted it all.
    counts = {} if card.more_comments else {"public": len(card.comments) - notes, "internal": notes}
    return [
        {
            "key": key,
            "label": label,
            "url": url_for("tickets.card", ticket_id=card.ticket.id, tab=None if key == "all" else key),
            "active": key == tab,
            "count": counts.get(key) or None,
            "icon": icon,
        }
        for key, label, icon in tabs
    ]


def _relations() -> dict[str, str]:
    return {
        "related": _("Related"),
        "parent": _("Part of"),
        "duplicate": _("Duplicate of"),
        "follow_up": _("Follow-up of"),
    }


def _link(row: Any, ticket_id: int, change: bool) -> dict[str, Any]:
    incoming = {"parent": _("Has parts"), "duplicate": _("Duplicated by"), "follow_up": _("Followed up by")}
    outward = row.source_id == ticket_id
    relation = _relations().get(row.kind, row.kind)
    return mini(row) | {
        "relation": relation if outward else incoming.get(row.kind, relation),
        "remove_url": url_for("tickets.unlink", ticket_id=ticket_id, link_id=row.link_id) if change else None,
    }


def mini(row: Any) -> dict[str, Any]:
    """A small line for another ticket."""
    return {
        "number": row.id,
        "subject": row.subject,
        "url": url_for("tickets.card", ticket_id=row.id),
        "status": status_catalog().by_key[row.status_key],
        "at": row.updated_at.astimezone(UTC),
    }

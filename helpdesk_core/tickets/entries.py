"""Comments and files as the timeline draws them."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.tickets.card_queries import CardData
from helpdesk_core.tickets.models import Attachment, Comment
from helpdesk_core.ui.formatting import filesize
from helpdesk_core.ui.markdown import render
from helpdesk_core.users.catalog import people

#: Pictures that a browser may draw: their bytes are checked when they are sent.
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_KINDS = {"pdf": "pdf", "zip": "archive", "gz": "archive", "7z": "archive", "csv": "table", "xlsx": "table"}


def attachment_view(file: Attachment) -> dict[str, Any]:
    """A file with its link; only pictures of checked kinds are drawn in the page."""
    url = url_for("tickets.attachment", attachment_id=file.id)
    image = file.content_type in RASTER
    suffix = file.name.rpartition(".")[2].lower()
    main = file.content_type.partition("/")[0]
    kind = "image" if image else main if main in ("audio", "video", "text") else "other"
    return {
        "id": file.id,
        "name": file.name,
        "size": filesize(file.size),
        "url": url,
        "image_url": url if image else None,
        "kind": _KINDS.get(suffix, kind),
    }


def method_view(method: str) -> dict[str, str]:
    """How a ticket or comment came in, in words and with an icon."""
    known = {
        "ui": (_("by hand"), "person"),
        "portal": (_("customer portal"), "globe2"),
        "mail": (_("e-mail"), "envelope"),
        "email": (_("e-mail"), "envelope"),
        "phone": (_("phone"), "telephone"),
        "import": (_("import"), "box-arrow-in-down"),
        "api": ("API", "code-slash"),
    }
    label, icon = known.get(method, (method, "dot"))
    return {"label": str(label), "icon": icon}


def original_url(card: CardData, comment_id: int | None) -> str | None:
    """Where the mail is shown that a comment, or the ticket itself, came by; for employees only (OK-131)."""
    mail_id = card.mails.get(comment_id)
    return url_for("inbound.show_mail", mail_id=mail_id) if mail_id is not None else None


def _person(comment: Comment) -> dict[str, Any]:
    employee = people().employees.get(comment.author_employee_id or 0)
    name = employee.name if employee else comment.author_label
    return {
        "id": comment.author_employee_id or comment.author_contact_id or 0,
        "name": name or "?",
        "kind": "person",
        "photo_url": employee.photo_url if employee else None,
    }


def comment_entry(comment: Comment, files: list[Any], card: CardData, actor: Actor) -> dict[str, Any]:
    """A comment as an entry of the timeline, with what the reader may do to it."""
    return {
        "id": comment.id,
        "kind": "note" if comment.internal else "comment",
        "at": comment.created_at,
        "author": _person(comment),
        "side": "customer" if comment.author_contact_id is not None else "staff",
        "body": render(comment.body),
        "attachments": files,
        "edited_at": comment.edited_at,
        "history_url": (
            url_for("tickets.comment_history", comment_id=comment.id)
            if comment.edited_at and actor.kind is ActorKind.EMPLOYEE
            else None
        ),
        "redacted": comment.redacted_at is not None,
        "actions": _actions(comment, card, actor),
        "via": None if comment.registration_method == "ui" else method_view(comment.registration_method)["label"],
        "original_url": original_url(card, comment.id),
    }


def _actions(comment: Comment, card: CardData, actor: Actor) -> list[dict[str, Any]]:
    if actor.kind is not ActorKind.EMPLOYEE or comment.redacted_at is not None:
        return []
    if comment.author_employee_id != actor.id and "core:ticket:delete" not in card.rights:
        return []
    actions: list[dict[str, Any]] = [
        {
            "label": _("Edit"),
            "url": url_for("tickets.edit_comment", comment_id=comment.id),
            "icon": "pencil",
            "method": "get",
        }
    ]
    if not comment.internal and "core:ticket:note" in card.rights:
        actions.append(
            {
                "label": _("Make internal"),
                "url": url_for("tickets.hide_comment", comment_id=comment.id),
                "icon": "lock",
                "method": "post",
                "confirm": _("Make this comment internal?"),
                "confirm_text": _("The customer will not see it any more. It cannot be made public again."),
            }
        )
    actions.append(
        {
            "label": _("Remove the text"),
            "url": url_for("tickets.redact_comment", comment_id=comment.id),
            "icon": "eraser",
            "method": "post",
            "danger": True,
            "confirm": _("Remove the text and files of this comment?"),
            "confirm_text": _("Its earlier versions go too. This cannot be undone."),
        }
    )
    return actions


def description_entry(card: CardData, files: list[Any]) -> dict[str, Any]:
    """What the ticket was opened with, as the first entry."""
    ticket = card.ticket
    by_customer = ticket.author_employee_id is None and (ticket.author_contact_id or ticket.contact_id) is not None
    return {
        "id": "description",
        "kind": "comment",
        "at": ticket.created_at,
        "author": {"id": ticket.author_employee_id or 0, "name": ticket.author_label or "?", "kind": "person"},
        "side": "customer" if by_customer else "staff",
        "body": render(ticket.description),
        "attachments": files,
        "edited_at": None,
        "history_url": None,
        "redacted": False,
        "actions": [],
        "via": method_view(ticket.registration_method)["label"] if ticket.registration_method != "ui" else None,
        "original_url": original_url(card, None),
    }

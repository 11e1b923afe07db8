"""Attachments, only for those who see what they hang on (T-08, T-09)."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk_core.access.policy import can, visible
from helpdesk_core.contract.actor import ActorKind
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import reading
from helpdesk_core.storage.serving import file_response
from helpdesk_core.tickets.blueprint import bp
from helpdesk_core.tickets.models import Attachment, Ticket
from helpdesk_core.ui.guard import signed_in


@bp.get("/attachments/<int:attachment_id>")
@signed_in
def attachment(attachment_id: int) -> ResponseReturnValue:
    """The file, where the reader sees what it hangs on; 404 for everybody else."""
    with reading() as session:
        query: Any = select(Attachment, Ticket).join(Ticket, Ticket.id == Attachment.ticket_id)
        row = session.execute(visible(query.where(Attachment.id == attachment_id), g.actor)).first()
        if row is None:
            raise NotFound("attachment")
        file, ticket = row[0], row[1]
        hidden = g.actor.kind is ActorKind.CONTACT or not can(g.actor, "core:ticket:read_internal", ticket)
        if file.internal and hidden:
            raise NotFound("attachment")
    return file_response(file.stored_name, name=file.name, content_type=file.content_type, size=file.size)

"""``helpdesk ticket``: a look at tickets from the terminal."""

from __future__ import annotations

from typing import Any

import click

from helpdesk_core.cli.running import echo_json, json_option, migrated_app
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.db.session import reading
from helpdesk_core.tickets.filters import TicketQuery
from helpdesk_core.tickets.queries import TicketRow, list_page
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.ui.formatting import iso


@click.group("ticket")
def ticket_group() -> None:
    """Look at tickets."""


@ticket_group.command("list")
@click.option("--search", "words", default="", help="Words that the ticket holds.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_command(words: str, limit: int, as_json: bool) -> None:
    """List the tickets that changed last."""
    with migrated_app().app_context(), reading() as session:
        rows = list_page(session, TicketQuery(q=words), actor=SYSTEM, size=limit).rows
    if as_json:
        echo_json([_values(row) for row in rows])
        return
    for row in rows:
        click.echo(f"{row.number:>8}  {row.status.key:<28} {row.subject}")


@ticket_group.command()
@click.argument("number", type=int)
@json_option
def show(number: int, as_json: bool) -> None:
    """Show one ticket."""
    with migrated_app().app_context(), reading() as session:
        ticket = get_ticket(session, number, actor=SYSTEM)
    values = {
        "number": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status_key,
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "due_at": iso(ticket.due_at) or None,
        "description": ticket.description,
    }
    if as_json:
        echo_json(values)
        return
    for key, value in values.items():
        click.echo(f"{key + ':':<13} {value if value is not None else '-'}")


def _values(row: TicketRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "subject": row.subject,
        "status": row.status.key,
        "priority": row.priority.key if row.priority else None,
        "assignee": row.assignee.name if row.assignee else None,
        "group": row.group.name if row.group else None,
        "updated_at": iso(row.updated_at),
    }

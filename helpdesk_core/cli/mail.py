"""``helpdesk mail``: what a mail server hands over, and what became of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_core.cli.running import echo_json, json_option, migrated_app
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import HelpdeskError, TooLarge, TryLater
from helpdesk_core.db.session import reading
from helpdesk_core.inbound.keeping import NoMail
from helpdesk_core.inbound.models import HELD, KEPT, STATES, InboundMail
from helpdesk_core.inbound.queries import list_mails
from helpdesk_core.inbound.receiving import receive_mail
from helpdesk_core.inbound.services import settle_mail, unsettled
from helpdesk_core.ui.formatting import iso


@click.group("mail")
def mail_group() -> None:
    """Take in mails, and see what became of them."""


@mail_group.command("receive")
@json_option
def receive_command(as_json: bool) -> None:
    """Store the one mail on standard input. Ends with 0 stored, 1 refused, 75 not stored: send it again."""
    with _nothing_lost(), migrated_app().app_context():
        received = receive_mail(sys.stdin.buffer)
        facts = _known(received.id) or {"id": received.id, "state": received.state}
    click.echo(f"mail {received.id}: {facts['state']}" + ("" if received.new else ", known already"))
    if as_json:
        echo_json(facts | {"new": received.new})


@contextmanager
def _nothing_lost() -> Iterator[None]:
    """Whatever goes wrong before the mail is stored, it is to be sent again: for other statuses servers give it up."""
    try:
        yield
    except (NoMail, TooLarge):
        raise
    except Exception as error:
        raise TryLater(f"the mail was not stored: {error}") from error


def _known(mail_id: int) -> dict[str, Any] | None:
    """What is known of a stored mail; nothing where the database went away meanwhile."""
    try:
        with reading() as session:
            return _facts(session.get_one(InboundMail, mail_id))
    except SQLAlchemyError:
        return None


@mail_group.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only mails in this state; all without it.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_command(state: str | None, limit: int, as_json: bool) -> None:
    """Show the latest mails and what became of them."""
    with migrated_app().app_context(), reading() as session:
        rows = [_facts(mail) for mail in list_mails(session, actor=SYSTEM, state=state, limit=limit)]
    for row in rows if not as_json else ():
        where = f"#{row['ticket']}" if row["ticket"] else "-"
        click.echo(f"{row['id']:>8}  {row['state']:<8} {where:<8} {row['sender']:<32} {row['why'] or row['subject']}")
    if as_json:
        echo_json(rows)


@mail_group.command("replay")
@click.argument("mail_id", type=click.IntRange(1), required=False)
@click.option("--all", "every", is_flag=True, help="Every mail that is kept or held.")
@json_option
def replay_command(mail_id: int | None, every: bool, as_json: bool) -> None:
    """Settle the mail MAIL_ID, or all that wait, once more; settled ones stay as they are."""
    if (mail_id is None) != every:
        raise click.UsageError("name one mail, or give --all")
    with migrated_app().app_context():
        ids = [mail_id] if mail_id is not None else sorted(unsettled() + unsettled(state=HELD))
        rows = [_replayed(one, one_of_many=every) for one in ids]
    for row in rows:
        click.echo(f"mail {row['id']}: {row['state']}" + (f", {row['why']}" if row["why"] else ""))
    if as_json:
        echo_json(rows)


def _replayed(mail_id: int, *, one_of_many: bool) -> dict[str, Any]:
    try:
        settle_mail(mail_id)
    except HelpdeskError as error:
        if not one_of_many:
            raise
        return {"id": mail_id, "state": KEPT, "why": str(error)}  # the others are not to wait for it
    with reading() as session:
        return _facts(session.get_one(InboundMail, mail_id))


def _facts(mail: InboundMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "state": mail.state,
        "ticket": mail.ticket_id,
        "comment": mail.comment_id,
        "sender": mail.sender,
        "subject": mail.subject,
        "automatic": mail.automatic,
        "why": mail.why,
        "received_at": iso(mail.received_at),
        "size": mail.size,
    }

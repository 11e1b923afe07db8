"""The ways to reach people: mail, and what other plugins offer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Mail,
    MailRefused,
    Rejected,
    answer_key,
    hooks,
    is_address,
    mailer,
    message_id,
    reading,
)
from helpdesk_notifications import gettext as _
from helpdesk_notifications.api import Channel, Message, Recipient
from helpdesk_notifications.options import read_options

MAIL = "mail"


def channels() -> dict[str, Channel]:
    """Every channel by its key; mail is the plugin's own."""
    mail = Channel(key=MAIL, label=_("Mail"), address=_mail_address, send=send_mail)
    others = [found.value for found in hooks().helpdesk_notifications_channels()]
    return {one.key: one for one in (*others, mail)}


def _mail_address(session: Session, recipient: Recipient) -> str | None:
    return recipient.email if recipient.email and is_address(recipient.email) else None


def send_mail(message: Message) -> None:
    """Hand *message* to the mail server; raises ``Rejected`` where it will never arrive."""
    with reading() as session:
        options = read_options(session)
    thread: tuple[str, ...] = ()
    key = message.key
    if message.ticket_id:
        thread = (message_id(f"ticket.{message.ticket_id}"),)
        key = answer_key(message.ticket_id, message.recipient, message.key, internal=message.internal)
    mail = Mail(
        to=message.to,
        to_name=message.to_name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        key=key,
        references=thread,
        sender_name=options.sender_name,
        reply_to=options.reply_to or None,
    )
    try:
        mailer().send(mail)
    except MailRefused as refusal:
        raise Rejected(str(refusal)) from refusal

"""Notices as text messages: a channel, and who is reached by it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Contact, Manifest, Plugin, Rejected, hookimpl
from helpdesk_notifications.api import Channel, Message, Recipient

#: Where the provider takes messages; a real plugin has a setting for it, and a reference to its key.
PROVIDER = "http://127.0.0.1:9/messages"
LONGEST = 480


class TextingPlugin(Plugin):
    """Tells contacts by text message what others are told by mail."""

    name = "texting"
    # A distribution says this in its helpdesk-plugin.toml.
    manifest: ClassVar[Manifest] = Manifest(
        name="texting", summary="Notices as text messages", api=">=1.0,<2", uses=("notifications",)
    )

    @hookimpl(optionalhook=True)
    def helpdesk_notifications_channels(self) -> list[Channel]:
        return [Channel(key="texting", label="Text message", address=number_of, send=send)]


def number_of(session: Session, recipient: Recipient) -> str | None:
    """The number of a contact; nobody else is reached this way."""
    kind, _, row_id = recipient.key.partition(":")
    if kind != "contact":
        return None
    return session.scalar(select(Contact.phone).where(Contact.id == int(row_id)))


def send(message: Message) -> None:
    """Hand the message to the provider; the same key at every attempt makes it one message."""
    text, _, _ = message.text.partition("\n-- \n")
    body = {"to": message.to, "text": text.strip()[:LONGEST], "idempotency_key": message.key}
    request = urllib.request.Request(PROVIDER, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=15):  # noqa: S310 - the address is ours
            return
    except urllib.error.HTTPError as refusal:
        refusal.close()
        if refusal.code in (400, 404, 422):
            raise Rejected(f"the provider does not take this number: {refusal.code}") from refusal
        raise

"""What the tests of mails that come in share."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from helpdesk_core.db.session import reading
from helpdesk_core.inbound.keeping import keep_mail
from helpdesk_core.inbound.models import InboundMail
from helpdesk_core.inbound.services import settle_mail
from helpdesk_core.testing import Desk

Receive = Callable[[bytes], InboundMail]


@pytest.fixture
def receive(app: Flask, desk: Desk) -> Receive:
    """Take in a mail as the command does; returns its row."""

    def take(raw: bytes) -> InboundMail:
        mail_id, _ = keep_mail(io.BytesIO(raw))
        settle_mail(mail_id)
        with reading() as session:
            return session.get_one(InboundMail, mail_id)

    return take

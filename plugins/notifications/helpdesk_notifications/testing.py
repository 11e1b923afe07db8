"""For tests: what was to be told."""

from __future__ import annotations

from sqlalchemy import select

from helpdesk_core.toolkit import reading
from helpdesk_notifications.models import Notice


def notices() -> list[Notice]:
    """Every notice in the order in which they were written."""
    with reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))

"""Changing the desk's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.events.journal import record
from helpdesk_core.settings.models import Setting
from helpdesk_core.settings.registry import checked, setting


def change_settings(session: Session, values: Mapping[str, Any], *, actor: Actor) -> list[str]:
    """Store *values* by key; returns the keys that changed. Raises ``Forbidden`` or ``Invalid``."""
    require(actor, "core:settings:manage")
    before = {key: setting(key) for key in values}
    after = {key: checked(key, value) for key, value in values.items()}
    changed = [key for key in after if after[key] != before[key]]
    for key in changed:
        session.merge(Setting(key=key, value=after[key]))
    if changed:
        session.flush()
        record(
            session,
            "settings.changed",
            actor=actor,
            subject_kind="settings",
            subject_id=None,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )
    return changed

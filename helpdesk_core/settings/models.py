"""Values of the desk's settings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.db.base import Model
from helpdesk_core.db.types import JsonValue


class Setting(Model):
    """One setting that differs from its default; what exists and its type stand in ``settings.registry``."""

    __tablename__ = "setting"
    __reference__ = True

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonValue)

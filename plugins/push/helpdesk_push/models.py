"""What the site chose."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_core.toolkit import JsonValue, PluginModel


class Base(PluginModel, plugin="push"):
    """What the tables of this plugin have in common."""


class Option(Base):
    """A choice that differs from its default."""

    __tablename__ = "push_option"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonValue)

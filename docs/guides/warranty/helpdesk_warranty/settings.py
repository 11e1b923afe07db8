"""What a site may choose."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk_core.toolkit import setting


@dataclass(frozen=True, slots=True)
class WarrantySettings:
    """The settings of this plugin; an administrator changes them in a form made of this class."""

    soon_days: int = setting(30, help="A warranty that ends within so many days ends soon")

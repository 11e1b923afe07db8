"""The names of the status sets that a desk can begin with; they are also the first part of their statuses' keys."""

from __future__ import annotations

from typing import Final

DEFAULT_PRESET: Final = "service_desk"
PRESETS: Final = (DEFAULT_PRESET, "support_center", "request_flow", "lead_desk")

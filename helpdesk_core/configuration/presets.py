"""The presets that come with the package: reviewed files in the form that an export writes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from helpdesk_core.configuration.document import Configuration
from helpdesk_core.configuration.parsing import parse
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.contract.presets import PRESETS

FOLDER: Final = Path(__file__).parent / "presets"


@cache
def load_preset(name: str) -> Configuration:
    """The preset of that name; raises ``NotFound``."""
    if name not in PRESETS:
        raise NotFound(f"preset {name}; there are {', '.join(PRESETS)}")
    path = FOLDER / f"{name}.toml"
    return parse(path.read_bytes(), path.name)


def preset_words() -> Iterator[tuple[str, str, str]]:
    """Context, key and English text of the words that a new desk begins with, whichever preset it has."""
    seen: set[tuple[str, str]] = set()
    for name in PRESETS:
        preset = load_preset(name)
        words = [("status", key, status.label) for key, status in preset.statuses.items()]
        words += [("type", key, kind.name) for key, kind in preset.types.items()]
        words += [("priority", key, priority.name) for key, priority in preset.priorities.items()]
        words += [("role", key, role.name) for key, role in preset.roles.items()]
        for context, key, text in words:
            if (context, key) not in seen:
                seen.add((context, key))
                yield context, key, text


def former_label(key: str) -> str:
    """What a status that is no more was called, where a preset knows it; else its key."""
    owner = key.partition(".")[0]
    status = load_preset(owner).statuses.get(key) if owner in PRESETS else None
    return status.label if status is not None else key

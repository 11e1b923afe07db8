"""Configurations of every shape, for properties that hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from helpdesk_core.configuration.document import (
    Configuration,
    FieldEntry,
    LanguageEntry,
    PriorityEntry,
    RoleEntry,
    StatusEntry,
    TypeEntry,
    normal,
)
from helpdesk_core.configuration.parsing import FIELD_KINDS, REACHES
from helpdesk_core.configuration.presets import load_preset
from helpdesk_core.contract.presets import PRESETS

_COLOURS = (("#ffffff", "#000000"), ("#dbeafe", "#1e3a8a"), ("#111827", "#f9fafb"))
_RIGHTS = ("core:ticket:read", "core:ticket:change", "core:ticket:note", "core:customer:read")
_LETTERS = st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"))
WORDS = st.text(_LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)


def _named(draw: Any, count: int) -> list[str]:
    return draw(st.lists(WORDS, min_size=count, max_size=count, unique_by=str.casefold))


@st.composite
def configurations(draw: Any) -> Configuration:
    """A preset with everything of the site's own around it, in normal form."""
    preset = load_preset(draw(st.sampled_from(PRESETS)))
    statuses = _statuses(draw, preset)
    keys = list(statuses)
    roles = _roles(draw, preset, statuses)
    count = draw(st.integers(0, 4))
    names = _named(draw, count)
    types = {
        f"site.type_{place}": TypeEntry(
            name=name,
            internal=draw(st.booleans()),
            retired=draw(st.booleans()),
            statuses=tuple(draw(st.lists(st.sampled_from(keys), max_size=3, unique=True))),
        )
        for place, name in enumerate(names)
    }
    return normal(
        Configuration(
            preset=preset.preset,
            statuses=statuses,
            types=types,
            priorities=_priorities(draw),
            roles=roles,
            words=_words(draw, keys),
            fields=_fields(draw, [key for key in roles if key not in ("core.administrator", "core.contact")]),
        )
    )


def _words(draw: Any, keys: list[str]) -> dict[str, LanguageEntry]:
    plain = st.text("абвгд «»'\"№", min_size=1, max_size=20).map(str.strip).filter(bool)
    found = {}
    for language in draw(st.lists(st.sampled_from(("en", "ms", "ru", "ar")), max_size=2, unique=True)):
        contexts = st.sampled_from(("status", "customer:status"))
        chosen = draw(st.dictionaries(st.tuples(contexts, st.sampled_from(keys)), plain, max_size=3))
        words = {f"core|{context}|{key}": (text,) for (context, key), text in chosen.items()}
        found[language] = LanguageEntry(words=words)
    return found


def _statuses(draw: Any, preset: Configuration) -> dict[str, StatusEntry]:
    taken = {status.label.casefold() for status in preset.statuses.values()}
    labels = [label for label in _named(draw, draw(st.integers(0, 3))) if label.casefold() not in taken]
    found = dict(preset.statuses)
    for place, label in enumerate(labels):
        background, foreground = draw(st.sampled_from(_COLOURS))
        found[f"site.status_{place}"] = StatusEntry(
            label=label,
            category=draw(st.sampled_from(("new", "open", "waiting", "paused", "solved"))),
            requires_until=draw(st.booleans()),
            pauses_sla=draw(st.booleans()),
            counts_to_load=draw(st.booleans()),
            background=background,
            foreground=foreground,
        )
    order = draw(st.permutations(list(found)))
    return {key: _stepped(draw, key, found[key], list(found)) for key in order}


def _stepped(draw: Any, key: str, status: StatusEntry, keys: list[str]) -> StatusEntry:
    others = [one for one in keys if one != key]
    steps = tuple(draw(st.lists(st.sampled_from(others), max_size=4, unique=True)))
    rights = {step: "core:ticket:dispatch" for step in steps[:1] if draw(st.booleans())}
    finish = draw(st.sampled_from(["", *others]))
    return replace(status, steps=steps, step_rights=rights, finish_target=finish)


def _roles(draw: Any, preset: Configuration, statuses: dict[str, StatusEntry]) -> dict[str, RoleEntry]:
    roles = dict(preset.roles)
    taken = {role.name.casefold() for role in roles.values()}
    for place, name in enumerate(_named(draw, draw(st.integers(0, 2)))):
        if name.casefold() in taken:
            continue
        grants = draw(st.dictionaries(st.sampled_from(_RIGHTS), st.sampled_from(REACHES), max_size=3))
        roles[f"site.role_{place}"] = RoleEntry(name=name, grants=grants)
    for key in list(roles):
        if key != "core.administrator" and draw(st.booleans()):
            denied = {source: status.steps[:2] for source, status in statuses.items() if status.steps}
            roles[key] = replace(roles[key], denied_steps=denied)
    return roles


def _priorities(draw: Any) -> dict[str, PriorityEntry]:
    names = _named(draw, draw(st.integers(1, 4)))
    return {
        f"site.priority_{place}": PriorityEntry(
            name=name,
            rank=draw(st.integers(0, 40)),
            colour="#2563eb",
            default=place == 0,
            retired=place > 0 and draw(st.booleans()),
        )
        for place, name in enumerate(names)
    }


def _fields(draw: Any, roles: list[str]) -> dict[str, FieldEntry]:
    fields = {}
    for place, label in enumerate(_named(draw, draw(st.integers(0, 4)))):
        kind = draw(st.sampled_from(FIELD_KINDS))
        words = draw(st.lists(WORDS, min_size=1, max_size=5, unique=True)) if kind in ("choice", "choices") else []
        cut = draw(st.integers(1, len(words))) if words else 0
        fields[f"{kind}_{place}"] = FieldEntry(
            label=label,
            kind=kind,
            required=draw(st.booleans()),
            for_contacts=draw(st.booleans()),
            retired=draw(st.booleans()),
            options=tuple(words[:cut]),
            retired_options=tuple(words[cut:]),
            hidden_from=tuple(draw(st.lists(st.sampled_from(roles), max_size=2, unique=True))),
        )
    return fields

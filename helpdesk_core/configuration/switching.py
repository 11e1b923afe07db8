"""Another preset on a desk that is in use: its statuses with everything of the desk's own around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from helpdesk_core.configuration.document import Configuration, RoleEntry, StatusEntry, normal
from helpdesk_core.configuration.mapping import Moves, propose
from helpdesk_core.configuration.presets import load_preset
from helpdesk_core.contract.presets import PRESETS


def with_preset(before: Configuration, name: str, given: Moves) -> Configuration:
    """*before* with the statuses and steps of the preset; types, priorities, roles and fields stay.

    Statuses of the site and of applications stay unless *given* maps them away, or the preset brings one of the same
    name; steps and finish targets between them and statuses that go lead to what takes their place.
    """
    preset = load_preset(name)
    taken = {one.label.casefold() for one in preset.statuses.values()}
    kept = {
        key: one
        for key, one in before.statuses.items()
        if _owner(key) not in PRESETS
        and key not in given
        and not (_owner(key) == "site" and one.label.casefold() in taken)
    }
    statuses = {**preset.statuses, **kept}
    moves = {**propose(before, statuses), **given}
    statuses = {key: _joined(key, one, before, statuses, moves, kept) for key, one in statuses.items()}
    types = {key: replace(one, statuses=_mapped(one.statuses, moves, statuses)) for key, one in before.types.items()}
    roles = {key: _role(one, preset.roles.get(key), preset, moves, statuses) for key, one in before.roles.items()}
    return normal(replace(before, preset=name, statuses=statuses, types=types, roles=roles))


def _owner(key: str) -> str:
    return key.partition(".")[0]


def _mapped(keys: tuple[str, ...], moves: Moves, known: Mapping[str, StatusEntry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in (moves.get(one, one) for one in keys) if key in known))


def _joined(
    key: str,
    status: StatusEntry,
    before: Configuration,
    statuses: Mapping[str, StatusEntry],
    moves: Moves,
    kept: Mapping[str, StatusEntry],
) -> StatusEntry:
    """A status with its steps in the new surroundings."""
    if key in kept:
        finish = moves.get(status.finish_target, status.finish_target)
        steps = {target: status.step_rights.get(target) for target in status.steps}
        status = replace(status, default=False, finish_target=finish if finish in statuses and finish != key else "")
    else:
        steps = {target: status.step_rights.get(target) for target in status.steps}
        for source, old in before.statuses.items():
            if moves.get(source, source) == key and not status.final:
                steps |= {target: old.step_rights.get(target) for target in old.steps if target in kept}
    found = {moves.get(target, target): right for target, right in steps.items()}
    found = {target: right for target, right in found.items() if target in statuses and target != key}
    return replace(
        status, steps=tuple(found), step_rights={target: right for target, right in found.items() if right is not None}
    )


def _role(
    role: RoleEntry, shipped: RoleEntry | None, preset: Configuration, moves: Moves, statuses: Mapping[str, StatusEntry]
) -> RoleEntry:
    """A role with the rights that the preset's steps need, where the preset gives it those."""
    needed = {right for status in preset.statuses.values() for right in status.step_rights.values()}
    grants = {right: reach for right, reach in (shipped.grants if shipped else {}).items() if right in needed}
    denied: dict[str, tuple[str, ...]] = {}
    for source, targets in role.denied_steps.items():
        new = moves.get(source, source)
        if new in statuses:
            steps = statuses[new].steps
            found = (target for target in _mapped(targets, moves, statuses) if target in steps)
            denied[new] = tuple(dict.fromkeys((*denied.get(new, ()), *found)))
    return replace(role, grants={**grants, **role.grants}, denied_steps=denied)

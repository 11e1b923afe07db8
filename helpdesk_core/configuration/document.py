"""A desk's configuration as values: what a file says and what the tables hold are compared in this form.

Everything is known by its key. The order of statuses, types and fields is their order in the mapping; what a file
leaves out is false or empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from helpdesk_core.contract.presets import PRESETS

#: Whose keys are there whatever applications run.
OWN: Final = frozenset({"core", "site", *PRESETS})

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEntry:
    """A status with the steps that lead out of it; ``step_rights`` narrows who may take one."""

    label: str
    category: str
    default: bool = False
    final: bool = False
    requires_until: bool = False
    pauses_sla: bool = False
    counts_to_load: bool = False
    background: str
    foreground: str
    finish_target: str = ""
    steps: tuple[str, ...] = ()
    step_rights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeEntry:
    """A ticket type; its tickets may go to ``statuses``, to all where it names none (PY-34)."""

    name: str
    internal: bool = False
    retired: bool = False
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityEntry:
    """A priority; the smallest rank is the most urgent."""

    name: str
    rank: int
    colour: str
    default: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEntry:
    """A role: the reach of every right that it grants, and the steps between statuses that it may not take."""

    name: str
    grants: Mapping[str, str] = field(default_factory=dict)
    denied_steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEntry:
    """A custom field with the values of its list; ``hidden_from`` names the roles that do not see it."""

    label: str
    kind: str
    required: bool = False
    for_contacts: bool = False
    retired: bool = False
    options: tuple[str, ...] = ()
    retired_options: tuple[str, ...] = ()
    hidden_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageEntry:
    """The site's own words in one language: ``domain|context|word`` with one text, or one for each plural form."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that is carried; ``applications`` names those whose statuses, roles and rights it speaks of."""

    preset: str
    applications: tuple[str, ...] = ()
    statuses: Mapping[str, StatusEntry]
    types: Mapping[str, TypeEntry]
    priorities: Mapping[str, PriorityEntry]
    roles: Mapping[str, RoleEntry]
    fields: Mapping[str, FieldEntry]
    words: Mapping[str, LanguageEntry] = field(default_factory=dict)

    def covers(self, key: str) -> bool:
        """Whether a key, or a right, is this configuration's business: the desk's own or one of its applications'."""
        owner = key.replace(":", ".").partition(".")[0]
        return owner in OWN or owner in self.applications


#: The parts of a configuration, in the order of its file.
SECTIONS: Final[Mapping[str, type[Any]]] = {
    "statuses": StatusEntry,
    "types": TypeEntry,
    "priorities": PriorityEntry,
    "roles": RoleEntry,
    "fields": FieldEntry,
    "words": LanguageEntry,
}
#: Those whose order in the file is the order on the pages; the others are sorted.
ORDERED: Final = frozenset({"statuses", "types", "fields"})


def normal(one: Configuration) -> Configuration:
    """The same configuration in the form in which two of one meaning are equal."""
    rank = {key: place for place, key in enumerate(one.statuses)}
    return replace(
        one,
        applications=tuple(sorted(one.applications)),
        statuses=_each(one.statuses, lambda entry: _normal_status(entry, rank)),
        types=_each(one.types, lambda entry: replace(entry, statuses=by_place(entry.statuses, rank))),
        priorities=_sorted(one.priorities, lambda key, entry: (entry.rank, key)),
        roles=_each(_sorted(one.roles, lambda key, _: key), lambda entry: _normal_role(entry, rank)),
        fields=_each(one.fields, lambda entry: replace(entry, hidden_from=tuple(sorted(entry.hidden_from)))),
        words=_each(
            _sorted({key: entry for key, entry in one.words.items() if entry.words}, lambda key, _: key),
            lambda entry: LanguageEntry(words=dict(sorted(entry.words.items()))),
        ),
    )


def _normal_status(entry: StatusEntry, rank: Mapping[str, int]) -> StatusEntry:
    steps = by_place(entry.steps, rank)
    rights = {key: entry.step_rights[key] for key in by_place(entry.step_rights, rank)}
    background, foreground = entry.background.lower(), entry.foreground.lower()
    return replace(entry, steps=steps, step_rights=rights, background=background, foreground=foreground)


def _normal_role(entry: RoleEntry, rank: Mapping[str, int]) -> RoleEntry:
    denied = {key: by_place(entry.denied_steps[key], rank) for key in by_place(entry.denied_steps, rank)}
    return replace(
        entry,
        grants=dict(sorted(entry.grants.items())),
        denied_steps={source: targets for source, targets in denied.items() if targets},
    )


def by_place(keys: Iterable[str], rank: Mapping[str, int]) -> tuple[str, ...]:
    """Statuses' keys in the order of the statuses, each once."""
    return tuple(sorted(set(keys), key=lambda key: (rank.get(key, len(rank)), key)))


def _each(entries: Mapping[str, _Entry], change: Callable[[_Entry], _Entry]) -> dict[str, _Entry]:
    return {key: change(entry) for key, entry in entries.items()}


def _sorted(entries: Mapping[str, _Entry], order: Callable[[str, _Entry], Any]) -> dict[str, _Entry]:
    return dict(sorted(entries.items(), key=lambda pair: order(*pair)))

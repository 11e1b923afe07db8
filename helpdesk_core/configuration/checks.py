"""What a configuration must hold to be one: rules inside the file, and what this installation knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from helpdesk_core.access.permissions import ADMINISTRATOR, CONTACT, CORE_PERMISSIONS, LEAD, SPECIALIST
from helpdesk_core.configuration.document import Configuration, FieldEntry, RoleEntry, StatusEntry
from helpdesk_core.configuration.presets import load_preset
from helpdesk_core.configuration.reading import carried_applications
from helpdesk_core.configuration.words import check_words
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.contract.specs import Permission, RoleSpec, StatusCategory, StatusSpec
from helpdesk_core.imports.toml_tables import Problems
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.statuses.colours import LEAST_CONTRAST, contrast

SYSTEM_ROLES: Final = (ADMINISTRATOR, LEAD, SPECIALIST, CONTACT)
#: Of a system status these stay as its preset or its application says.
PROTECTED: Final = ("label", "category", "final", "requires_until")


def check_configuration(wanted: Configuration, problems: Problems) -> None:
    """Note everything that is wrong with *wanted*, whatever the tables hold."""
    _applications(wanted, problems)
    _preset(wanted, problems)
    _statuses(wanted, problems)
    _types(wanted, problems)
    _defaults(wanted, problems)
    _roles(wanted, problems)
    _fields(wanted, problems)
    check_words(wanted, problems)
    for section, name in (("statuses", "label"), ("types", "name"), ("priorities", "name"), ("fields", "label")):
        _same_names(section, name, getattr(wanted, section), problems)
    _same_names("roles", "name", wanted.roles, problems)


def known_permissions() -> dict[str, Permission]:
    """Every right of the core and of the running applications by name."""
    return {one.name: one for one in (*CORE_PERMISSIONS, *current_runtime().registry.all(Permission))}


def _applications(wanted: Configuration, problems: Problems) -> None:
    for name in sorted(set(wanted.applications) - set(carried_applications())):
        told = message("the application %(name)s does not run here: enable it first, or take it out", name=name)
        problems.add("[configuration] applications", told)


def _preset(wanted: Configuration, problems: Problems) -> None:
    """The statuses of the preset, all of them and no other preset's (UR-03: a system status is not deleted)."""
    preset = load_preset(wanted.preset).statuses
    specs = {spec.key: spec for spec in current_runtime().registry.all(StatusSpec)}
    for key in preset:
        if key not in wanted.statuses:
            told = message("%(key)s is missing: a status of the preset cannot be deleted", key=key)
            problems.add("[statuses]", told)
    for key in specs:
        if key.partition(".")[0] in wanted.applications and key not in wanted.statuses:
            problems.add("[statuses]", message("%(key)s is missing: its application brings it", key=key))
    for key, status in wanted.statuses.items():
        place, owner = f"[statuses.{key}]", key.partition(".")[0]
        if owner == "site":
            continue
        if owner in PRESETS:
            if key not in preset:
                problems.add(place, message("there is no such status in the preset %(name)s", name=wanted.preset))
                continue
            _protected(place, preset[key], status, problems)
        elif owner not in wanted.applications:
            problems.add(place, message("belongs to an application that [configuration] does not name"))
        elif key not in specs:
            problems.add(place, message("the application does not bring this status"))
        else:
            _protected(place, _brought(specs[key]), status, problems)


def _brought(spec: StatusSpec) -> StatusEntry:
    return StatusEntry(
        label=str(spec.label),
        category=spec.category.value,
        final=spec.category is StatusCategory.CLOSED,
        requires_until=spec.requires_until,
        background=spec.background,
        foreground=spec.foreground,
    )


def _protected(place: str, shipped: StatusEntry, status: StatusEntry, problems: Problems) -> None:
    for name in PROTECTED:
        if getattr(shipped, name) != getattr(status, name):
            told = message("cannot be changed: the status is the system's, and its name is changed by translating it")
            problems.add(f"{place} {name}", told)


def _statuses(wanted: Configuration, problems: Problems) -> None:
    known, rights = set(wanted.statuses), known_permissions()
    for key, status in wanted.statuses.items():
        place = f"[statuses.{key}]"
        _unknown(f"{place} steps", set(status.steps) - known, problems)
        _unknown(f"{place} finish_target", {status.finish_target} - known - {""}, problems)
        if key in status.steps:
            problems.add(f"{place} steps", message("a status is no step from itself"))
        for target, right in status.step_rights.items():
            if target not in status.steps:
                problems.add(f"{place[:-1]}.step_rights] {target}", message("is none of the steps"))
            if right not in rights:
                problems.add(f"{place[:-1]}.step_rights] {target}", message("there is no right %(name)s", name=right))
        if len(status.background) == len(status.foreground) == 7:
            _readable(place, status, problems)


def _types(wanted: Configuration, problems: Problems) -> None:
    for key, entry in wanted.types.items():
        _unknown(f"[types.{key}] statuses", set(entry.statuses) - set(wanted.statuses), problems)


def _readable(place: str, status: StatusEntry, problems: Problems) -> None:
    try:
        ratio = contrast(status.background, status.foreground)
    except ValueError:
        return  # no colour: said while reading
    if ratio < LEAST_CONTRAST:
        told = message(
            "cannot be read on its background: the contrast is %(ratio)s and must be %(least)s",
            ratio=f"{ratio:.1f}",
            least=LEAST_CONTRAST,
        )
        problems.add(f"{place} foreground", told)


def _defaults(wanted: Configuration, problems: Problems) -> None:
    """One status and one priority that new tickets get; both must be able to hold a new ticket (OK-037)."""
    statuses = [key for key, status in wanted.statuses.items() if status.default]
    if len(statuses) != 1:
        problems.add("[statuses]", message("exactly one has to be the default"))
    for key in statuses:
        if wanted.statuses[key].final or wanted.statuses[key].requires_until:
            problems.add(f"[statuses.{key}] default", message("a new ticket can neither be final nor wait for a time"))
    priorities = [key for key, priority in wanted.priorities.items() if priority.default]
    if len(priorities) != 1:
        problems.add("[priorities]", message("exactly one has to be the default"))
    for key in priorities:
        if wanted.priorities[key].retired:
            problems.add(f"[priorities.{key}] default", message("the default has to be in use"))


def _roles(wanted: Configuration, problems: Problems) -> None:
    rights = known_permissions()
    brought = {spec.key for spec in current_runtime().registry.all(RoleSpec)}
    _missing("roles", SYSTEM_ROLES, wanted.roles, problems)
    for key, role in wanted.roles.items():
        owner = key.partition(".")[0]
        if owner != "site" and key not in SYSTEM_ROLES and (owner not in wanted.applications or key not in brought):
            problems.add(f"[roles.{key}]", message("a role of one's own is called site.<name>"))
        if key == ADMINISTRATOR and role.grants:
            problems.add(f"[roles.{key}] grants", message("the administrator holds every right already"))
        if key == ADMINISTRATOR and role.denied_steps:
            problems.add(f"[roles.{key}] denied_steps", message("the administrator may take every step"))
        _denied(f"[roles.{key}.denied_steps]", role, wanted, problems)
        for name, reach in role.grants.items():
            place = f"[roles.{key}.grants] {name}"
            if name not in rights:
                problems.add(place, message("there is no right %(name)s", name=name))
            elif not wanted.covers(name):
                problems.add(place, message("belongs to an application that [configuration] does not name"))
            elif reach == "related" and not rights[name].has_row:
                problems.add(place, message("is not about single tickets or customers: only all is possible"))


def _denied(place: str, role: RoleEntry, wanted: Configuration, problems: Problems) -> None:
    for source, targets in role.denied_steps.items():
        known = wanted.statuses[source].steps if source in wanted.statuses else ()
        for target in targets:
            if target not in known:
                told = message("there is no step from %(source)s to %(target)s", source=source, target=target)
                problems.add(f"{place} {source}", told)


def _fields(wanted: Configuration, problems: Problems) -> None:
    listed = ("choice", "choices")
    for key, entry in wanted.fields.items():
        place = f"[fields.{key}]"
        if entry.kind in listed and not entry.options:
            problems.add(f"{place} options", message("a list needs values"))
        if entry.kind not in listed and (entry.options or entry.retired_options):
            problems.add(f"{place} options", message("only a list has values"))
        if both := sorted(set(entry.options) & set(entry.retired_options)):
            told = message("names %(value)s, which is offered as well", value=", ".join(both))
            problems.add(f"{place} retired_options", told)
        _hidden(place, entry, wanted, problems)


def _hidden(place: str, entry: FieldEntry, wanted: Configuration, problems: Problems) -> None:
    for role in entry.hidden_from:
        if role not in wanted.roles:
            problems.add(f"{place} hidden_from", message("there is no role %(key)s", key=role))
        elif role in (ADMINISTRATOR, CONTACT):
            told = message("the administrator sees every field, and for_contacts says what customers see")
            problems.add(f"{place} hidden_from", told)


def _unknown(place: str, keys: Iterable[str], problems: Problems) -> None:
    for key in sorted(keys):
        problems.add(place, message("there is no status %(key)s", key=key))


def _missing(section: str, keys: Iterable[str], entries: Mapping[str, Any], problems: Problems) -> None:
    for key in keys:
        if key not in entries:
            problems.add(f"[{section}]", message("%(key)s is missing and cannot be deleted", key=key))


def _same_names(section: str, name: str, entries: Mapping[str, Any], problems: Problems) -> None:
    seen: dict[str, str] = {}
    for key, entry in entries.items():
        word = str(getattr(entry, name)).casefold()
        other = seen.setdefault(word, key)
        if other != key and word:
            problems.add(f"[{section}.{key}] {name}", message("%(key)s is called so as well", key=other))

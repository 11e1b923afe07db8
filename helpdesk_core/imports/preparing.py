"""What a map brings along: its statuses and custom fields, made when there are none yet."""

from __future__ import annotations

from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.imports.mapping import CustomRule, ImportMap, StatusRule
from helpdesk_core.settings.entries import add_field
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.tickets.catalog import ticket_catalog


def prepare(session: Session, mapping: ImportMap, *, actor: Actor) -> None:
    """Make the statuses and fields of *mapping*; raises ``Invalid`` where it names keys that do not exist."""
    for status in mapping.statuses:
        if status.key not in status_catalog().by_key:
            create_status(session, _values(status), actor=actor)
    for custom in mapping.custom:
        _ensure_field(session, mapping, custom, actor=actor)
    _check_keys(mapping)


def _values(rule: StatusRule) -> StatusValues:
    others = status_catalog().by_key.values()
    leavable = tuple(status.key for status in others if not status.final)
    return StatusValues(
        key=rule.key,
        label=rule.label,
        category=rule.category.value,
        background=rule.background,
        foreground=rule.foreground,
        pauses_sla=rule.pauses_sla,
        counts_to_load=rule.counts_to_load,
        finish_target=rule.finish_target,
        targets=rule.to if rule.to is not None else tuple(status.key for status in others if _returnable(status)),
        sources=rule.entered_from
        if rule.entered_from is not None
        else (() if rule.category is StatusCategory.NEW else leavable),
    )


def _returnable(status: StatusInfo) -> bool:
    """Whether a status of a map may be left for this one unless it says otherwise: neither final nor new."""
    return not status.final and status.category is not StatusCategory.NEW


def _ensure_field(session: Session, mapping: ImportMap, rule: CustomRule, *, actor: Actor) -> None:
    """Make the custom field of *rule* when there is none of its key; raises ``Invalid`` for one of another kind."""
    where = f"{mapping.file}: [custom.{rule.key}]"
    known = custom_fields().get(rule.key)
    if known is not None:
        if known.kind != rule.kind:
            raise Invalid({f"{where} kind": [f"the field exists and is {known.kind}"]})
        return
    try:
        add_field(session, key=rule.key, label=rule.label, kind=rule.kind, options=rule.options, actor=actor)
    except Invalid as error:
        raise Invalid({f"{where} {name}": messages for name, messages in error.errors.items()}) from None


def _check_keys(mapping: ImportMap) -> None:
    """Refuse the map before the first line when what it translates to does not exist."""
    catalog = ticket_catalog()
    known = {
        "status": set(status_catalog().by_key),
        "priority": {priority.key for priority in catalog.priorities.values()},
        "type": {kind.key for kind in catalog.types.values()},
    }
    errors = {}
    for name, keys in known.items():
        rule = mapping.fields.get(name)
        if rule is None:
            continue
        named = {*(rule.values or {}).values(), *([rule.default] if rule.default else [])} - {""}
        if lost := sorted(named - keys):
            errors[f"{mapping.file}: [fields] {name}"] = [f"there is no {name} {', '.join(lost)}"]
    if errors:
        raise Invalid(errors)

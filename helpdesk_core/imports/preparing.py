"""What a map brings along: its statuses and custom fields, made when there are none yet."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.events.journal import record
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.fields.models import CustomField, CustomFieldOption
from helpdesk_core.imports.mapping import CustomRule, ImportMap, StatusRule
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.statuses.services import StatusValues, create_status
from helpdesk_core.tickets.catalog import ticket_catalog


def prepare(session: Session, mapping: ImportMap, *, actor: Actor) -> None:
    """Make the statuses and fields of *mapping*; raises ``Invalid`` where it names keys that do not exist."""
    for status in mapping.statuses:
        if status.key not in status_catalog().by_key:
            create_status(session, _values(status), actor=actor)
    for custom in mapping.custom:
        kind = ensure_field(session, custom, actor=actor)
        if kind != custom.kind:
            raise Invalid({f"{mapping.file}: [custom.{custom.key}] kind": [f"the field exists and is {kind}"]})
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


def ensure_field(session: Session, rule: CustomRule, *, actor: Actor) -> str:
    """Make the custom field of *rule* when there is none of its key; returns the kind of the one there is."""
    known = custom_fields().get(rule.key)
    if known is not None:
        return known.kind
    position = (session.scalar(select(func.max(CustomField.position))) or 0) + 10
    field = CustomField(key=rule.key, label=rule.label, kind=rule.kind, position=position)
    session.add(field)
    session.flush()
    session.add_all(
        CustomFieldOption(field_id=field.id, label=label, position=10 * index)
        for index, label in enumerate(rule.options, start=1)
    )
    session.flush()
    after = {"key": rule.key, "label": rule.label}
    record(session, "field.created", actor=actor, subject_kind="field", subject_id=field.id, after=after)
    return rule.kind


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

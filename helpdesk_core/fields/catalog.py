"""Custom fields as every process keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.db.reference import cached
from helpdesk_core.fields.models import CustomField, CustomFieldHidden, CustomFieldOption


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """One value of a list."""

    id: int
    label: str
    active: bool


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A custom field with its options and the roles it is hidden from (OK-048)."""

    id: int
    key: str
    label: str
    kind: str
    required: bool
    for_contacts: bool
    active: bool
    options: tuple[OptionInfo, ...]
    hidden_role_ids: frozenset[int]


def _load(session: Session) -> Mapping[str, FieldInfo]:
    options: dict[int, list[OptionInfo]] = {}
    for row in session.execute(
        select(
            CustomFieldOption.field_id, CustomFieldOption.id, CustomFieldOption.label, CustomFieldOption.active
        ).order_by(CustomFieldOption.position, CustomFieldOption.id)
    ):
        options.setdefault(row[0], []).append(OptionInfo(*row[1:]))
    hidden: dict[int, set[int]] = {}
    for field_id, role_id in session.execute(select(CustomFieldHidden.field_id, CustomFieldHidden.role_id)):
        hidden.setdefault(field_id, set()).add(role_id)
    rows = session.execute(
        select(
            CustomField.id,
            CustomField.key,
            CustomField.label,
            CustomField.kind,
            CustomField.required,
            CustomField.for_contacts,
            CustomField.active,
        ).order_by(CustomField.position, CustomField.id)
    )
    return MappingProxyType(
        {row.key: FieldInfo(*row, tuple(options.get(row.id, ())), frozenset(hidden.get(row.id, ()))) for row in rows}
    )


def custom_fields() -> Mapping[str, FieldInfo]:
    """The custom fields by key, in their order."""
    return cached("fields", _load)

"""Who sees which custom field (OK-048), and changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from helpdesk_core.access.catalog import RoleInfo, role_catalog
from helpdesk_core.access.policy import TRUSTED, require, roles_of
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.events.journal import record
from helpdesk_core.fields.catalog import FieldInfo, custom_fields
from helpdesk_core.fields.models import CustomField, CustomFieldHidden

_OUTSIDE = frozenset({ActorKind.CONTACT, ActorKind.PARTNER, ActorKind.UNKNOWN})


def visible_fields(actor: Actor) -> Sequence[FieldInfo]:
    """The active fields that *actor* may see: hidden only where every one of his roles hides it (OK-048)."""
    active = [field for field in custom_fields().values() if field.active]
    if actor.kind in TRUSTED:
        return active
    if actor.kind in _OUTSIDE:
        return [field for field in active if field.for_contacts]
    mine = roles_of(actor)
    if any(role.grants_all for role in mine):
        return active
    ids = {role.id for role in mine}
    return [field for field in active if not field.hidden_role_ids or not ids <= field.hidden_role_ids]


def hidden_names(actor: Actor) -> frozenset[str]:
    """How the journal names the fields that *actor* may not see: ``field.<key>``, those out of use too."""
    shown = {field.key for field in visible_fields(actor)}
    return frozenset(f"field.{key}" for key in custom_fields() if key not in shown)


def write_visibility(session: Session, wanted: Mapping[tuple[str, str], bool], *, actor: Actor) -> int:
    """Show or hide fields by (field key, role key); returns how many answers changed.

    The contacts' role stands for all customers. Raises ``Forbidden``, ``Invalid`` for an unknown field or role, and
    ``Rejected`` for a role that holds every right: it sees everything.
    """
    require(actor, "core:settings:manage")
    fields, roles = custom_fields(), role_catalog().by_key
    before: dict[str, bool] = {}
    after: dict[str, bool] = {}
    for (field_key, role_key), shown in wanted.items():
        field, role = fields.get(field_key), roles.get(role_key)
        if field is None or role is None:
            raise Invalid({"": [message("There is no such field or role.")]})
        if role.grants_all:
            raise Rejected(message("The administrator sees every field; this cannot be changed."))
        now = sees(field, role)
        if now == shown:
            continue
        before[f"{field_key} {role_key}"], after[f"{field_key} {role_key}"] = now, shown
        if role.for_contacts:
            session.get_one(CustomField, field.id).for_contacts = shown
        elif shown:
            session.delete(session.get_one(CustomFieldHidden, (field.id, role.id)))
        else:
            session.add(CustomFieldHidden(field_id=field.id, role_id=role.id))
    if after:
        session.flush()
        record(
            session,
            "settings.fields_visibility_changed",
            actor=actor,
            subject_kind="fields",
            subject_id=None,
            before=before,
            after=after,
        )
    return len(after)


def sees(field: FieldInfo, role: RoleInfo) -> bool:
    """Whether the people of one role see *field*."""
    if role.grants_all:
        return True
    return field.for_contacts if role.for_contacts else role.id not in field.hidden_role_ids

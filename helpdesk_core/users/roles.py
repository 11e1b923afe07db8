"""Which rights each role grants, as the matrix of the settings sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import Permission
from helpdesk_core.events.journal import record

REACHES: Final = ("none", "related", "all")


def write_grants(
    session: Session, wanted: Mapping[tuple[str, str], str], permissions: Mapping[str, Permission], *, actor: Actor
) -> int:
    """Set the reach of (role key, permission) pairs; returns how many changed (OK-216).

    Raises ``Rejected`` for the administrator, whose rights are fixed (OK-213), and ``Invalid`` for an unknown role,
    right or reach; ``related`` is refused for rights that are not about one row.
    """
    require(actor, "core:role:manage")
    roles = {role.key: role for role in session.scalars(select(Role))}
    rows = {(row.role_id, row.permission): row for row in session.scalars(select(RoleGrant))}
    changes: dict[str, dict[str, str]] = {"before": {}, "after": {}}
    for (key, name), reach in wanted.items():
        role, permission = roles.get(key), permissions.get(name)
        if role is None or permission is None or reach not in REACHES:
            raise Invalid({"": [message("There is no such role, right or reach.")]})
        if role.grants_all:
            raise Rejected(message("The administrator holds every right; this cannot be changed."))
        if reach == "related" and not permission.has_row:
            raise Invalid(
                {
                    "": [
                        message(
                            "“%(right)s” is not about single tickets or customers: choose none or all.",
                            right=permission.label,
                        )
                    ]
                }
            )
        row = rows.get((role.id, name))
        now = row.reach if row is not None else "none"
        if now == reach:
            continue
        changes["before"][f"{key} {name}"], changes["after"][f"{key} {name}"] = now, reach
        if row is None:
            session.add(RoleGrant(role_id=role.id, permission=name, reach=reach))
        elif reach == "none":
            session.delete(row)
        else:
            row.reach = reach
    session.flush()
    if changes["after"]:
        record(
            session,
            "role.grants_changed",
            actor=actor,
            subject_kind="role",
            subject_id=None,
            before=changes["before"],
            after=changes["after"],
        )
    return len(changes["after"])

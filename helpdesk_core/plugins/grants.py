"""What roles get of a plugin's rights, once, and the rules of access that must not be missed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.contract.markers import HookKind
from helpdesk_core.contract.specs import Permission, RoleSpec
from helpdesk_core.plugins.calls import Runtime
from helpdesk_core.plugins.models import PluginPermission, PluginRow
from helpdesk_core.plugins.registry import Registry


def remember_policies(session: Session, runtime: Runtime) -> None:
    """Store with which hooks the loaded plugins rule access."""
    rules = [call for call in runtime.hooks if call.rule.kind is HookKind.POLICY]
    for row in session.scalars(select(PluginRow).where(PluginRow.name.in_(runtime.plugins))):
        row.policies = sorted(call.name for call in rules if row.name in call.plugins)
    session.flush()


def grant_defaults(session: Session, registry: Registry, plugins: Iterable[str]) -> None:
    """Add the ready-made roles of *plugins* and give the roles those rights of theirs that are new here.

    What an administrator took away since is not given again: every right is remembered, also when a role already had
    it. A role that is not there is passed over.
    """
    wanted = set(plugins)
    known = set(session.scalars(select(PluginPermission.name)))
    new = [
        (row.plugin, row.spec)
        for row in registry.owned(Permission)
        if row.plugin in wanted and row.spec.name not in known
    ]
    roles = {role.key: role for role in session.scalars(select(Role))}
    born = [row.spec for row in registry.owned(RoleSpec) if row.plugin in wanted and row.spec.key not in roles]
    for spec in born:
        roles[spec.key] = Role(key=spec.key, name=spec.label, for_contacts=spec.for_contacts)
        session.add(roles[spec.key])
    session.flush()
    granted = {(role_id, name) for role_id, name in session.execute(select(RoleGrant.role_id, RoleGrant.permission))}
    wishes = [(key, spec.name) for _plugin, spec in new for key in spec.roles]
    wishes += [(spec.key, name) for spec in born for name in spec.grants]
    for key, name in dict.fromkeys(wishes):
        role = roles.get(key)
        if role is not None and not role.grants_all and (role.id, name) not in granted:
            # A customer's reach is never wider than his own.
            session.add(RoleGrant(role_id=role.id, permission=name, reach="related" if role.for_contacts else "all"))
    session.add_all(PluginPermission(name=spec.name, plugin=plugin) for plugin, spec in new)
    session.flush()

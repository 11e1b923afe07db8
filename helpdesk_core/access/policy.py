"""The one access rule: an SQL expression that serves the list and, with an id, the single check.

Allowed is what a role grants or a plugin's allow-rule says; any deny-rule wins; where nothing is said, it is denied.
What the actor may not see does not exist for him (``NotFound``); what he sees but may not touch is ``Forbidden``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select, true
from sqlalchemy.orm import Session

from helpdesk_core.access.catalog import RoleInfo, role_catalog
from helpdesk_core.access.permissions import CONTACT, CORE_PERMISSIONS
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Forbidden, HelpdeskError, NotFound, TryLater
from helpdesk_core.contract.specs import Permission, ScopeRule
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.session import db
from helpdesk_core.plugins.calls import current_runtime, hooks
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.models import Ticket, TicketObserver
from helpdesk_core.users.catalog import people

_Query = TypeVar("_Query", bound="Select[*tuple[Any, ...]]")

READ_TICKET = "core:ticket:read"
READ_CUSTOMER = "core:customer:read"

#: The core's rights that are asked about one row at a time.
_ROW_PERMISSIONS = frozenset(spec.name for spec in CORE_PERMISSIONS if spec.has_row)
#: What an administrator needs to disable a plugin whose decisions fail.
_WAY_OUT = frozenset({"core:desk:use", "core:plugin:manage"})
#: Actors of the program itself: they are stopped by rules, not by rights.
TRUSTED = frozenset({ActorKind.SYSTEM, ActorKind.IMPORT, ActorKind.PLUGIN})


def roles_of(actor: Actor) -> tuple[RoleInfo, ...]:
    """The roles of a person, whose rights unite; none for who is not a person, or works here no longer."""
    roles = role_catalog()
    if actor.kind is ActorKind.CONTACT and actor.id is not None:
        keys: tuple[str, ...] = (CONTACT,)
    elif actor.kind is ActorKind.EMPLOYEE and actor.id is not None:
        employee = people().employees.get(actor.id)
        keys = roles.of_employee.get(actor.id, ()) if employee is not None and employee.active else ()
    else:
        keys = ()
    return tuple(roles.by_key[key] for key in keys)


def all_roles() -> tuple[RoleInfo, ...]:
    """Every role, in the order in which they were made."""
    return tuple(role_catalog().by_key.values())


def _reach(actor: Actor, permission: str) -> str:
    """``all``, ``related`` or "" for what the actor's roles grant; several roles unite."""
    if actor.kind in TRUSTED:
        return "all"
    best = ""
    for role in roles_of(actor):
        reach = "all" if role.grants_all else role.grants.get(permission, "")
        if reach == "all":
            return reach
        best = reach or best
    return best


def _related(actor: Actor) -> ColumnElement[bool]:
    """The tickets that are this person's business (OK-215): assignee, observer or author, himself or by group."""
    if actor.kind is ActorKind.CONTACT:
        return Ticket.contact_id == actor.id
    employee = people().employees[actor.id or 0]
    groups = employee.group_ids
    observing = [TicketObserver.employee_id == actor.id]
    mine = [Ticket.assignee_id == actor.id, Ticket.author_employee_id == actor.id]
    if groups:
        observing.append(TicketObserver.group_id.in_(groups))
        mine.append(Ticket.group_id.in_(groups))
    return or_(*mine, exists().where(TicketObserver.ticket_id == Ticket.id, or_(*observing)))


def _granted(actor: Actor, permission: str) -> ColumnElement[bool]:
    reach = _reach(actor, permission)
    return true() if reach == "all" else _related(actor) if reach == "related" else false()


def _tickets(actor: Actor, permission: str) -> ColumnElement[bool]:
    allowed = _granted(actor, permission)
    denied: list[ColumnElement[bool]] = []
    for rule in _scope_rules(actor, permission):
        if rule.effect == "deny":
            denied.append(rule.condition)
        else:
            allowed = or_(allowed, rule.condition)
    if actor.kind is ActorKind.CONTACT:
        internal = [kind.id for kind in ticket_catalog().types.values() if kind.internal]
        if internal:  # OK-057: an internal ticket does not exist for a customer, whoever allows it
            denied.append(and_(Ticket.type_id.is_not(None), Ticket.type_id.in_(internal)))
    condition = and_(allowed, *(not_(rule) for rule in denied)) if denied else allowed
    return condition if permission == READ_TICKET else and_(condition, _tickets(actor, READ_TICKET))


def _scope_rules(actor: Actor, permission: str) -> list[ScopeRule]:
    """What plugins say of tickets; one that fails or is missing denies them all: no page shows more than it should."""
    if "helpdesk_ticket_scope" in current_runtime().missing_policies:
        return [ScopeRule(effect="deny", condition=true())]
    try:
        return [found.value for found in hooks().helpdesk_ticket_scope(actor=actor, permission=permission)]
    except TryLater:
        raise
    except HelpdeskError:
        return [ScopeRule(effect="deny", condition=true())]


def _decisions(actor: Actor, permission: str) -> list[bool]:
    """What plugins say of a right; one that fails or is missing says no, save to the administrator who disables it."""
    missing = "helpdesk_decide" in current_runtime().missing_policies
    try:
        said = [found.value for found in hooks().helpdesk_decide(actor=actor, permission=permission)]
    except TryLater:
        raise
    except HelpdeskError:
        return _refusal(actor, permission)
    return said + _refusal(actor, permission) if missing else said


def _refusal(actor: Actor, permission: str) -> list[bool]:
    way_out = permission in _WAY_OUT and any(role.grants_all for role in roles_of(actor))
    return [] if way_out else [False]


def _customers(actor: Actor, permission: str, column: Any, own_id: Any) -> ColumnElement[bool]:
    reach = _reach(actor, permission)
    if reach == "all":
        return true()
    if reach != "related" or actor.kind is not ActorKind.EMPLOYEE:
        return false()
    return exists().where(column == own_id, _related(actor), _tickets(actor, READ_TICKET))


def condition(actor: Actor, permission: str, model: type[Any] = Ticket) -> ColumnElement[bool]:
    """The expression over *model* (Ticket, Company or Contact) that is true for the rows *actor* may use so."""
    if model is Ticket:
        return _tickets(actor, permission)
    if model is Company:
        return _customers(actor, permission, Ticket.company_id, Company.id)
    if model is Contact:
        return _customers(actor, permission, Ticket.contact_id, Contact.id)
    raise TypeError(f"no access rule for rows of {model.__name__}")


def visible(query: _Query, actor: Actor, permission: str = READ_TICKET, model: type[Any] = Ticket) -> _Query:
    """*query* narrowed to the rows of *model* that *actor* may use so."""
    return query.where(condition(actor, permission, model))


def holds(actor: Actor, permission: str) -> bool:
    """Whether *actor* has the right for at least some rows; asks no row.

    Plugins decide on rights without a row, where a single "no" outweighs everything; on tickets they speak by rules,
    of which one that allows is enough here, for the row itself is asked later.
    """
    if actor.kind in TRUSTED:
        return True
    granted = bool(_reach(actor, permission))
    if _about_rows(permission):
        return granted or (not permission.startswith("core:customer:") and _allowed_by_rule(actor, permission))
    decisions = _decisions(actor, permission)
    return all(decisions) and (granted or bool(decisions))


def _about_rows(permission: str) -> bool:
    if permission.startswith("core:"):
        return permission in _ROW_PERMISSIONS
    return any(spec.name == permission and spec.has_row for spec in current_runtime().registry.all(Permission))


def _allowed_by_rule(actor: Actor, permission: str) -> bool:
    return any(rule.effect == "allow" for rule in _scope_rules(actor, permission))


def can(actor: Actor, permission: str, resource: Ticket | Company | Contact | None = None) -> bool:
    """Whether *actor* may do this, to *resource* where one is given."""
    if resource is None:
        return holds(actor, permission)
    model = type(resource)
    session: Session = db.session()
    rule = select(condition(actor, permission, model)).where(model.id == resource.id)
    return bool(session.scalar(rule))


def require(actor: Actor, permission: str, resource: Ticket | Company | Contact | None = None) -> None:
    """Return when *actor* may; raises ``NotFound`` where he may not even see *resource*, else ``Forbidden``."""
    if can(actor, permission, resource):
        return
    if resource is not None:
        read = READ_TICKET if isinstance(resource, Ticket) else READ_CUSTOMER
        if permission == read or not can(actor, read, resource):
            raise NotFound(type(resource).__name__.lower())
    raise Forbidden(permission)


def can_many(actor: Actor, permissions: Sequence[str], ticket_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Which of *permissions* the actor holds on each ticket: one query for a page."""
    ids = list(ticket_ids)
    if not ids or not permissions:
        return {}
    session: Session = db.session()
    columns = [condition(actor, permission).label(f"p{index}") for index, permission in enumerate(permissions)]
    rows = session.execute(select(Ticket.id, *columns).where(Ticket.id.in_(ids)))
    return {row[0]: frozenset(name for name, yes in zip(permissions, row[1:], strict=True) if yes) for row in rows}


def explain(actor: Actor, permission: str, resource: Ticket | Company | Contact | None = None) -> str:
    """Why *actor* may or may not: the roles' reach, the plugins that spoke, and the outcome."""
    reach = _reach(actor, permission) or "nothing"
    spoke = [
        f"{contribution.plugin} {contribution.value.effect}s some"
        for contribution in hooks().helpdesk_ticket_scope(actor=actor, permission=permission)
    ]
    outcome = "allowed" if can(actor, permission, resource) else "denied"
    return "; ".join((f"roles grant {reach}", *spoke, outcome))

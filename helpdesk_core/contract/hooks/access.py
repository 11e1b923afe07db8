"""Hooks about rights. They fail closed: an error is never an allowance."""

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.markers import policy, register
from helpdesk_core.contract.specs import Permission, RoleSpec, ScopeRule


@register(Permission)
def helpdesk_register_permissions() -> list[Permission]:
    """Name the rights that the plugin asks for.

    Called once at start. Names are ``<plugin>:<resource>:<action>``; what is not registered can be neither granted
    nor asked for.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@register(RoleSpec)
def helpdesk_register_roles() -> list[RoleSpec]:
    """Offer ready-made roles.

    Called once at start; enabling the plugin writes those that are new. Keys begin with the plugin's name and a dot;
    an administrator may change the grants later.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@policy(ScopeRule, many=True)
def helpdesk_ticket_scope(actor: Actor, permission: str) -> list[ScopeRule]:
    """Widen or narrow the tickets on which *actor* holds *permission*.

    Called by ``access.policy`` whenever tickets are listed, searched or checked one by one: the same SQL serves all
    of them. Each rule is an ``allow`` or a ``deny`` with a condition over ``Ticket``; any deny wins, an empty list
    says nothing. An error denies and is shown as a failure of this plugin.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@policy(bool)
def helpdesk_decide(actor: Actor, permission: str) -> bool | None:
    """Allow or deny a permission that is not about one row.

    Called by ``access.policy`` for permissions without a row only. ``False`` from anyone outweighs every role, ``True``
    allows, ``None`` says nothing. An error denies and is shown as a failure of this plugin.

    .. versionadded:: 1.0
    """

"""What the core's own tables hold of a plugin, and how it goes when the plugin is purged."""

from __future__ import annotations

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.db.reference import touch_reference
from helpdesk_core.jobs.models import Job, PeriodicSlot
from helpdesk_core.plugins.models import PluginCost, PluginPermission, PluginRow, PluginSuspension
from helpdesk_core.search.models import SearchItem
from helpdesk_core.settings.models import Setting
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.tickets.models import Ticket


def forget_plugin(session: Session, name: str) -> None:
    """Remove the rights, roles, settings, statuses, search items and jobs of *name*, and its row in the registry.

    A status that tickets still have becomes the site's own; the journal keeps what it says.
    """
    begins = f"{name}."
    session.execute(delete(RoleGrant).where(RoleGrant.permission.startswith(f"{name}:", autoescape=True)))
    session.execute(delete(Role).where(Role.key.startswith(begins, autoescape=True), Role.is_system.is_(False)))
    session.execute(delete(Setting).where(Setting.key.startswith(begins, autoescape=True)))
    session.execute(delete(SearchItem).where(SearchItem.kind.startswith(begins, autoescape=True)))
    # Deliveries to its subscribers are jobs of the subscriber's name.
    session.execute(delete(Job).where(Job.name.startswith(begins, autoescape=True)))
    session.execute(delete(PeriodicSlot).where(PeriodicSlot.name.startswith(begins, autoescape=True)))
    _forget_statuses(session, name)
    for model in (PluginPermission, PluginSuspension, PluginCost):
        session.execute(delete(model).where(model.plugin == name))
    session.execute(delete(PluginRow).where(PluginRow.name == name))
    touch_reference(session)


def _forget_statuses(session: Session, name: str) -> None:
    # A step that only a right of the plugin allowed is not thrown open: it goes.
    narrowed = StatusTransition.permission.startswith(f"{name}:", autoescape=True)
    session.execute(delete(StatusTransition).where(narrowed))
    mine = Status.key.startswith(f"{name}.", autoescape=True)
    session.execute(delete(Status).where(mine, ~exists().where(Ticket.status_key == Status.key)))
    session.execute(update(Status).where(mine).values(is_system=False))
    left = aliased(Status)
    missing = Status.finish_target.is_not(None) & ~exists(select(left.id).where(left.key == Status.finish_target))
    session.execute(update(Status).where(missing).values(finish_target=None))

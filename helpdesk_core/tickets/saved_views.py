"""Saved views, personal and shared, and the columns that an employee chose for each view (OK-047)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Forbidden, Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.db.turns import take_turns
from helpdesk_core.tickets.filters import TicketQuery, to_stored
from helpdesk_core.tickets.models import ListColumns, SavedView

MAX_VIEWS = 50
MAX_NAME = 80


def views_for(session: Session, actor: Actor) -> Sequence[SavedView]:
    """The views that the employee may use: his own and the shared ones."""
    rows = select(SavedView).where(or_(SavedView.owner_id == actor.id, SavedView.shared.is_(True)))
    return session.scalars(rows.order_by(SavedView.position, SavedView.name, SavedView.id)).all()


def save_view(session: Session, name: str, query: TicketQuery, *, shared: bool, actor: Actor) -> SavedView:
    """Keep *query* under *name*; the same name of the same person is replaced. Sharing needs its right."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or "\x00" in name:
        raise Invalid({"name": [message("Use %(lowest)d to %(highest)d characters.", lowest=1, highest=MAX_NAME)]})
    if shared:
        require(actor, "core:view:share")
    take_turns(session, "saved_view", actor.id)
    mine = session.scalars(select(SavedView).where(SavedView.owner_id == actor.id)).all()
    view = next((view for view in mine if view.name == name), None)
    if view is None:
        if len(mine) >= MAX_VIEWS:
            raise Rejected(message("You have %(count)d views already: delete one first.", count=MAX_VIEWS))
        view = SavedView(owner_id=actor.id, name=name)
        session.add(view)
    view.shared = shared
    view.filters = to_stored(query)
    session.flush()
    return view


def delete_view(session: Session, view_id: int, *, actor: Actor) -> None:
    """Delete a view of the actor's own; raises ``Forbidden`` for a shared one of somebody else, else ``NotFound``."""
    view = session.get(SavedView, view_id)
    if view is None or (view.owner_id != actor.id and not view.shared):
        raise NotFound("view")
    if view.owner_id != actor.id:
        raise Forbidden("core:view:share")
    session.execute(delete(ListColumns).where(ListColumns.view_key == str(view.id)))
    session.delete(view)


def chosen_columns(session: Session, view_key: str, actor: Actor) -> list[str] | None:
    """The columns the employee chose for this view, in order; ``None`` where he chose none."""
    return session.scalar(
        select(ListColumns.columns).where(ListColumns.employee_id == actor.id, ListColumns.view_key == view_key)
    )


def choose_columns(session: Session, view_key: str, columns: Sequence[str] | None, *, actor: Actor) -> None:
    """Keep the columns for this view; ``None`` goes back to the default ones."""
    if actor.id is None:
        raise NotFound("employee")
    take_turns(session, "list_columns", actor.id)
    row = session.get(ListColumns, (actor.id, view_key))
    if columns is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        session.add(ListColumns(employee_id=actor.id, view_key=view_key, columns=list(columns)))
    else:
        row.columns = list(columns)

"""More addresses for what a contact is told (OK-151)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    Contact,
    Invalid,
    NotFound,
    can,
    current_actor,
    is_address,
    reading,
    record,
    require,
)
from helpdesk_notifications import gettext as _
from helpdesk_notifications.models import Extra

CHANGE: Final = "core:customer:change"
MOST: Final = 5


def extra_addresses(session: Session, contact_id: int) -> list[str]:
    """The contact's further addresses in alphabetical order."""
    return list(session.scalars(select(Extra.address).where(Extra.contact_id == contact_id).order_by(Extra.address)))


def editable_contact(session: Session, contact_id: int, *, actor: Actor) -> Contact:
    """The contact, for *actor* to change; raises ``NotFound`` or ``Forbidden``."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.anonymised_at is not None:
        raise NotFound("contact")
    require(actor, CHANGE, contact)
    return contact


def save_extra(session: Session, contact_id: int, addresses: Sequence[str], *, actor: Actor) -> None:
    """Give the contact exactly these further addresses; raises ``Invalid`` for what is none, or too many."""
    editable_contact(session, contact_id, actor=actor)
    wanted = sorted({one.strip() for one in addresses if one.strip()})
    wrong = [one for one in wanted if not is_address(one)]
    if wrong:
        raise Invalid({"addresses": [_("%(text)s is no e-mail address.", text=wrong[0][:80])]})
    if len(wanted) > MOST:
        raise Invalid({"addresses": [_("At most %(limit)d addresses.", limit=MOST)]})
    before = extra_addresses(session, contact_id)
    if wanted == before:
        return
    session.execute(delete(Extra).where(Extra.contact_id == contact_id))
    session.add_all(Extra(contact_id=contact_id, address=one) for one in wanted)
    session.flush()
    # How many, not which: the journal outlives a contact who is forgotten.
    record(
        session,
        "notifications.extra_changed",
        actor=actor,
        subject_kind="contact",
        subject_id=contact_id,
        before={"addresses": len(before)},
        after={"addresses": len(wanted)},
    )


def on_contact_card(contact: Any) -> Mapping[str, Any] | None:
    """What the contact's page shows; nothing of one who was forgotten."""
    if contact.anonymised_at is not None:
        return None
    with reading() as session:
        found = extra_addresses(session, contact.id)
    changes = can(current_actor(), CHANGE, contact)
    return {"addresses": found, "changes": changes, "contact_id": contact.id} if found or changes else None

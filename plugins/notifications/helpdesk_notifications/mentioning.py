"""The picker of people to mention in a comment (OK-073)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from helpdesk_core.toolkit import Contact, Ticket, people, reading
from helpdesk_notifications import gettext as _

_CONTACTS: Final = 200


def beside_the_reply(ticket: Any) -> Mapping[str, Any]:
    """Colleagues who work here, and the contacts of the ticket's company; no others (OK-073)."""
    colleagues = [{"name": one.name, "note": ""} for one in people().employees.values() if one.active]
    company = select(Ticket.company_id).where(Ticket.id == ticket["id"]).scalar_subquery()
    query = (
        select(Contact.name)
        .where(Contact.company_id == company, Contact.anonymised_at.is_(None))
        .order_by(Contact.name)
        .limit(_CONTACTS)
    )
    with reading() as session:
        contacts = [{"name": name, "note": _("Customer")} for name in session.scalars(query)]
    return {"mentionable": [*colleagues, *contacts]}

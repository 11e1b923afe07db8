"""The plugin switched off, and taken away for good."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.testing.conformance.working import work
from helpdesk_core.testing.desk import build_desk
from helpdesk_core.tickets.services import delete_ticket, get_ticket


def core_rows_go_while_it_is_off(stage: Stage) -> Iterator[str]:
    """A ticket that the plugin knows can be deleted while the plugin is switched off."""
    site = stage.site()
    with site.app.app_context():
        running = work(stage, site, build_desk())
    without = stage.beside(site, *[one for one in stage.plugins() if one != stage.name])
    for ticket_id in running.tickets:
        try:
            with without.app_context(), unit_of_work() as session:
                delete_ticket(session, get_ticket(session, ticket_id, actor=SYSTEM, lock=True), actor=SYSTEM)
        except IntegrityError as error:
            yield (
                f"a ticket cannot be deleted while the plugin is off: {str(error.orig).splitlines()[0]}. Give the "
                "foreign key, "
                'in the model and in the migration, ondelete="CASCADE" or "SET NULL".'
            )
            return

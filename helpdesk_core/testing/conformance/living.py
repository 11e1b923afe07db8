"""The plugin switched off, and taken away for good."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import HelpdeskError
from helpdesk_core.db.base import CORE, metadata
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.plugins.lifecycle import disable, purge
from helpdesk_core.testing.conformance.migrating import database_objects
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.tickets.services import delete_ticket, get_ticket


def core_rows_go_while_it_is_off(stage: Stage) -> Iterator[str]:
    """A ticket that the plugin knows can be deleted while the plugin is switched off."""
    site = stage.enabled_site()
    running = stage.put_to_work(site)
    disable(site.app, stage.name)
    without = stage.beside(site)
    for ticket_id in running.tickets:
        try:
            with without.app_context(), unit_of_work() as session:
                delete_ticket(session, get_ticket(session, ticket_id, actor=SYSTEM, lock=True), actor=SYSTEM)
        except IntegrityError as error:
            yield (
                f"a ticket cannot be deleted while the plugin is off: {str(error.orig).splitlines()[0]}. Give the "
                'foreign key, in the model and in the migration, ondelete="CASCADE" or "SET NULL".'
            )
            return


def purging_leaves_no_trace(stage: Stage) -> Iterator[str]:
    """After a purge no table, index or row of the plugin is left, but for what the journal tells of the past."""
    site = stage.site(plugins=())
    objects, rows = database_objects(site.app), _rows_that_name(stage.name, site.app)
    enabled = stage.enable_on(site)
    stage.put_to_work(enabled)
    try:
        disable(site.app, stage.name)
        notes = purge(stage.beside(site), stage.name, confirmation=stage.name)
    except HelpdeskError as error:
        yield f"it cannot be purged: {error}"
        return
    for note in notes:
        yield f"on_disable or on_purge fails: {note}. Mend it: what it was to remove is still there."
    for kind, name, table in sorted(database_objects(site.app) - objects):
        yield f"purging leaves the {kind} {name} of {table}. Drop it in downgrade() of the migration that made it."
    for table, count in sorted((_rows_that_name(stage.name, site.app) - rows).items()):
        yield (
            f"purging leaves {count} rows of {table} that name the plugin. Remove in on_purge(ctx) what it wrote "
            "outside its own tables, or keep that in a table of its own."
        )


def _rows_that_name(plugin: str, app: Flask) -> Counter[str]:
    """How many rows of each core table hold the plugin's name or a key below it; the journal may."""
    pattern = re.compile(rf"(?<![\w]){re.escape(plugin)}(?![a-z0-9])")
    found: Counter[str] = Counter()
    with app.app_context(), reading() as session:
        for name, table in metadata.tables.items():
            if table.info.get("owner") == CORE and name != "event":
                found[name] = sum(bool(pattern.search(repr(tuple(row)))) for row in session.execute(select(table)))
    return found

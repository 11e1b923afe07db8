"""The plugin's migrations: up, no drift, down without a trace, up again, on an empty and on a filled database."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import Engine, inspect, text

from helpdesk_core.contract.errors import HelpdeskError
from helpdesk_core.db import migrate
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import db, unit_of_work
from helpdesk_core.testing.apps import Site, dispose
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.testing.desk import build_desk

_OBJECTS = """
SELECT 'index', indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'trigger', trigger_name, event_object_table FROM information_schema.triggers
  WHERE trigger_schema = current_schema()
UNION ALL SELECT 'constraint', constraint_name, table_name FROM information_schema.table_constraints
  WHERE table_schema = current_schema() AND constraint_name NOT LIKE '%_not_null'
UNION ALL SELECT 'column', column_name, table_name FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT 'table', table_name, table_name FROM information_schema.tables WHERE table_schema = current_schema()
UNION ALL SELECT 'sequence', sequence_name, sequence_name FROM information_schema.sequences
  WHERE sequence_schema = current_schema()
UNION ALL SELECT 'function', routine_name, routine_name FROM information_schema.routines
  WHERE routine_schema = current_schema()
UNION ALL SELECT 'type', typname, typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = current_schema() AND typtype IN ('e', 'd')
"""

Objects = frozenset[tuple[str, str, str]]


def database_objects(app: Flask) -> Objects:
    """Everything that stands in the database of *app*: kind, name and the table it belongs to."""
    with app.app_context():
        engine: Engine = db.engine
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                rows = connection.execute(text("SELECT type, name, tbl_name FROM sqlite_master")).all()
                found = {(str(kind), str(name), str(table)) for kind, name, table in rows}
                inspector = inspect(connection)
                for table in inspector.get_table_names():
                    found |= {("column", column["name"], table) for column in inspector.get_columns(table)}
            else:
                found = {(str(kind), str(name), str(table)) for kind, name, table in connection.execute(text(_OBJECTS))}
    dispose(app)
    return frozenset(found)


def migrations_go_up_and_down(stage: Stage) -> Iterator[str]:
    """Up makes what the models say, down leaves nothing, and up works again; empty and filled."""
    if stage.loaded.folder("migrations") is None:
        yield from _without_migrations(stage)
        return
    site = stage.site(plugins=[one for one in stage.plugins() if one != stage.name])
    before = database_objects(site.app)
    dispose(site.app)
    site.app = stage.beside(site, *stage.plugins())
    step = ""
    try:
        for step in ("upgrade", "downgrade of the empty tables", "second upgrade", "downgrade of the filled tables"):
            if step.endswith("upgrade"):
                migrate.upgrade(site.app)
                yield from _after_upgrade(stage, site, before)
            else:
                if "filled" in step:
                    _fill(stage, site)
                migrate.downgrade(site.app, stage.name)
                yield from _left_over(before, database_objects(site.app))
    except HelpdeskError as error:
        yield f"{step}: {error}"
    except Exception as error:  # whatever the author's migration raises is what is to be told
        reason = str(getattr(error, "orig", error)).strip().splitlines()[:1]
        yield (
            f"{step} fails: {type(error).__name__}: {''.join(reason)}. Try it: `helpdesk db upgrade`, `helpdesk db "
            "downgrade`."
        )


def _without_migrations(stage: Stage) -> Iterator[str]:
    mine = sorted(name for name, table in metadata.tables.items() if table.info.get("owner") == stage.name)
    if mine:
        yield (
            f"There are models ({', '.join(mine)}) but no folder migrations/. Run `helpdesk db revision --lineage "
            f"{stage.name} -m first --id {stage.name}_0001`."
        )


def _fill(stage: Stage, site: Site) -> None:
    with site.app.app_context():
        desk = build_desk()
        tickets = [desk.ticket(), desk.ticket()]
        with unit_of_work() as session:
            stage.fill(session, tickets, 10)


def _after_upgrade(stage: Stage, site: Site, before: Objects) -> Iterator[str]:
    for line in migrate.check(site.app):
        lineage, _, difference = line.partition(": ")
        if lineage == stage.name:
            yield (
                f"models and migrations differ: {difference}. Write a migration: `helpdesk db revision --lineage "
                f"{stage.name} "
                f'-m "what changed"`.'
            )
        elif lineage == "core":
            yield f"the core's tables are changed: {difference}. A plugin keeps its data in tables of its own."
    version = f"helpdesk_version_{stage.name}"
    owned = {name for name, table in metadata.tables.items() if table.info.get("owner") == stage.name}
    for kind, name, table in sorted(database_objects(site.app) - before):
        if table == version or table in owned or name.startswith("sqlite_autoindex"):
            continue
        if kind == "table" and not name.startswith(f"{stage.name}_"):
            yield f"the migration makes a table {name}. Name it {stage.name}_<x>: others' names are not ours to take."
        elif kind == "table" and not _belongs_to(name, owned):
            yield f"the migration makes a table {name} that no model describes. Add the model, or leave the table out."
        elif kind in ("column", "index", "trigger", "constraint") and not table.startswith(f"{stage.name}_"):
            yield (
                f"the migration puts the {kind} {name} on {table}, which is not the plugin's. Leave the core's "
                "tables alone."
            )


def _belongs_to(name: str, owned: set[str]) -> bool:
    """Full-text tables of SQLite stand beside the table whose words they hold."""
    return any(name.startswith(f"{table}_") for table in owned)


def _left_over(before: Objects, after: Objects) -> Iterator[str]:
    left, lost = after - before, before - after
    for kind, name, table in sorted(left):
        if kind != "column":
            yield f"downgrade leaves the {kind} {name} on {table}. Drop in downgrade() everything that upgrade() made."
    for kind, name, table in sorted(lost):
        yield (
            f"downgrade takes the {kind} {name} of {table} away, which was there before. Drop only what upgrade() made."
        )

"""Migrations: one lineage for the core and one for each plugin, each with a version table of its own.

All functions need the app context of an app made by ``create_app``, so that the metadata is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from helpdesk_core.contract.errors import Rejected, TryLater
from helpdesk_core.contract.specs import Lineage
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import db
from helpdesk_core.plugins.migrations import CORE_LINEAGE, core_lineage, lineages

#: ``app.extensions`` key of what runs after an upgrade: the upper layers hand it over, we may not import them.
AFTER_UPGRADE: Final = "helpdesk_after_upgrade"

_LOCK = 727274
_LOCK_TIMEOUT = "30s"
#: Made by migrations and unknown to the models: the full-text objects.
_UNMODELLED: Final = frozenset(
    (kind, table, name)
    for table in ("search_document", "search_item")
    for kind, name in (("column", "vector"), ("index", f"ix_{table}_vector"))
)

_log = structlog.get_logger(__name__)


def chains(app: Flask) -> list[Lineage]:
    """Return the lineages of *app* in the order in which they run: the core, then its loaded plugins."""
    runtime = app.extensions.get("helpdesk")
    return lineages(runtime.plugins) if runtime is not None else [core_lineage()]


def upgrade(app: Flask) -> list[str]:
    """Bring every lineage to its head and install the defaults; returns the names of those that moved.

    Raises ``TryLater`` while another process migrates, ``Rejected`` where what a plugin needs is not there.
    """
    moved: list[str] = []
    among = chains(app)
    with app.app_context(), _exclusive() as connection:
        for lineage in among:
            before = _to_head(connection, lineage, among)
            if before != _head(lineage):
                moved.append(lineage.name)
    after: Callable[[], None] | None = app.extensions.get(AFTER_UPGRADE)
    if after is not None:
        with app.app_context():
            after()
    return moved


def downgrade(app: Flask, name: str = CORE_LINEAGE, revision: str = "base") -> None:
    """Take one lineage back to *revision*; raises ``Rejected`` while another that needs it has tables."""
    with app.app_context(), _exclusive() as connection:
        lineage = _named(app, name)
        for other in chains(app):
            if name in other.requires and _revision(connection, other) is not None:
                raise Rejected(f"{other.name} needs {name}: take {other.name} back first")
        _back(connection, lineage, revision)


def raise_lineage(app: Flask, lineage: Lineage, among: Sequence[Lineage]) -> str | None:
    """Bring *lineage* alone to its head, whether its plugin is loaded or not; returns where it stood before.

    *among* are the lineages it may require. Raises as ``upgrade`` does.
    """
    with app.app_context(), _exclusive() as connection:
        return _to_head(connection, lineage, among)


def lower_lineage(app: Flask, lineage: Lineage, revision: str | None = None) -> None:
    """Take *lineage* back to *revision*, by default to nothing; the caller knows that nobody needs it."""
    with app.app_context(), _exclusive() as connection:
        _back(connection, lineage, revision or "base")


def current(app: Flask, among: Sequence[Lineage] | None = None) -> dict[str, tuple[str | None, str | None]]:
    """Return, for each lineage (the app's own, or *among*), where the database stands and where the code's head is."""
    with app.app_context(), db.engine.connect() as connection:
        listed = chains(app) if among is None else among
        return {one.name: (_revision(connection, one), _head(one)) for one in listed}


def is_current(app: Flask, among: Sequence[Lineage] | None = None) -> bool:
    """Whether every lineage (the app's own, or *among*) stands at its head."""
    return all(stands == head for stands, head in current(app, among).values())


def check(app: Flask) -> list[str]:
    """Return how the database differs from the models, one line each; empty when it does not."""
    found: list[str] = []
    with app.app_context(), db.engine.connect() as connection:
        for lineage in chains(app):
            differences = compare_metadata(MigrationContext.configure(connection, opts=_options(lineage)), metadata)
            found += [f"{lineage.name}: {difference}" for difference in differences]
    return found


def revision(app: Flask, message: str, *, name: str = CORE_LINEAGE, revision_id: str | None = None) -> list[str]:
    """Write a new migration of *name* from the difference to the models; returns the paths of the files."""
    with app.app_context(), _exclusive() as connection:
        made: list[str] = []

        def write(config: Config) -> None:
            scripts = command.revision(config, message, autogenerate=True, rev_id=revision_id)
            listed = scripts if isinstance(scripts, list) else [scripts]
            made.extend(str(script.path) for script in listed if script is not None)

        _run(connection, _named(app, name), write)
        return made


def _named(app: Flask, name: str) -> Lineage:
    for lineage in chains(app):
        if lineage.name == name:
            return lineage
    raise Rejected(f"there are no migrations named {name}")


def _to_head(connection: Connection, lineage: Lineage, among: Sequence[Lineage]) -> str | None:
    _check_requirements(connection, lineage, among)
    before, head = _revision(connection, lineage), _head(lineage)
    if before != head:
        _run(connection, lineage, lambda config: command.upgrade(config, "head"))
        _log.info("migrated", lineage=lineage.name, source=before, target=head)
    return before


def _back(connection: Connection, lineage: Lineage, revision: str) -> None:
    _run(connection, lineage, lambda config: command.downgrade(config, revision))
    if revision == "base":
        with connection.begin():
            connection.execute(text(f"DROP TABLE IF EXISTS {lineage.version_table}"))


def _check_requirements(connection: Connection, lineage: Lineage, among: Sequence[Lineage]) -> None:
    for other in among:
        if other.name in lineage.requires and _revision(connection, other) != _head(other):
            raise Rejected(f"{lineage.name} needs {other.name}, which is not migrated")
    needed = lineage.requires_core_revision
    if needed is not None:
        stands = _revision(connection, core_lineage())
        script = _script(core_lineage())
        applied = {one.revision for one in script.iterate_revisions(stands, "base")} if stands else set()
        if needed not in applied:
            raise Rejected(f"{lineage.name} needs the core's revision {needed}")


def _config(lineage: Lineage) -> Config:
    config = Config()
    config.set_main_option("script_location", str(core_lineage().directory).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(lineage.directory / "versions").replace("%", "%%"))
    return config


def _script(lineage: Lineage) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(lineage))


def _head(lineage: Lineage) -> str | None:
    return _script(lineage).get_current_head()


def _revision(connection: Connection, lineage: Lineage) -> str | None:
    found = MigrationContext.configure(connection, opts={"version_table": lineage.version_table}).get_current_revision()
    connection.rollback()  # the question began a transaction
    return found


def _options(lineage: Lineage) -> dict[str, Any]:
    # A table that no installed package owns is left alone, and so are the objects that only migrations know.
    mine = {name for name, table in metadata.tables.items() if table.info.get("owner") == lineage.name}

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "table":
            return name in mine
        return (kind, parents.get("table_name"), name) not in _UNMODELLED

    def include_object(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        return name in mine if kind == "table" else True

    return {
        "target_metadata": metadata,
        "version_table": lineage.version_table,
        "include_name": include_name,
        "include_object": include_object,
        "render_as_batch": True,
        "compare_type": True,
        "transactional_ddl": True,
    }


def _run(connection: Connection, lineage: Lineage, action: Callable[[Config], None]) -> None:
    config = _config(lineage)
    config.attributes.update(connection=connection, options=_options(lineage), after=_check_foreign_keys)
    try:
        action(config)
    except OperationalError as error:
        if "lock" in str(error.orig):
            raise TryLater("the database is busy") from error
        raise


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken: Sequence[Any] = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration would leave rows that point nowhere: {broken[:5]}")


@contextmanager
def _exclusive() -> Iterator[Connection]:
    """A connection for migrations alone: nobody else migrates, and SQLite does not watch foreign keys meanwhile."""
    db.session.remove()
    with db.engine.connect() as plain:
        connection = plain.execution_options(helpdesk_write=True)
        try:
            if connection.dialect.name == "sqlite":
                _driver(connection).execute("PRAGMA foreign_keys=OFF")
            else:
                _take_lock(connection)
            yield connection
        finally:
            connection.rollback()
            connection.invalidate()  # its settings and its lock go with it


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _take_lock(connection: Connection) -> None:
    try:
        with connection.begin():
            connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
    except OperationalError as error:
        raise TryLater("another process is migrating this database") from error

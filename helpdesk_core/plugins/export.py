"""A plugin's data as a file: one JSON Lines file per table in a zip, read from the database alone."""

from __future__ import annotations

import base64
import json
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any, Final
from uuid import UUID

from flask import Flask
from sqlalchemy import MetaData, Table, select

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.plugins.lifecycle import MANAGE
from helpdesk_core.plugins.tables import tables_of

_BATCH: Final = 1000


def export_plugin(app: Flask, name: str, target: IO[bytes], *, actor: Actor = SYSTEM) -> dict[str, int]:
    """Write the tables of *name* to *target* as a zip; returns the number of rows by table.

    The package may be gone: nothing is imported. Memory stays the same however much there is. Raises ``NotFound``
    where the plugin has no tables, and ``Forbidden``.
    """
    with app.app_context(), reading():
        require(actor, MANAGE)
    counts: dict[str, int] = {}
    with app.app_context():
        with db.engine.connect() as connection:
            names = tables_of(connection, name)
            if not names:
                raise NotFound(f"data of plugin {name}")
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for table_name in names:
                    table = Table(table_name, MetaData(), autoload_with=connection, resolve_fks=False)
                    query = select(table).order_by(*table.primary_key.columns)
                    rows = connection.execution_options(yield_per=_BATCH).execute(query)
                    counts[table_name] = 0
                    with archive.open(f"{table_name}.jsonl", "w", force_zip64=True) as raw:
                        text = TextIOWrapper(raw, encoding="utf-8", newline="\n")
                        for row in rows.mappings():
                            text.write(json.dumps(dict(row), default=_plain, ensure_ascii=False) + "\n")
                            counts[table_name] += 1
                        text.flush()
                about = {"plugin": name, "exported_at": utcnow(), "rows": counts}
                archive.writestr("about.json", json.dumps(about, default=_plain, indent=2))
        with unit_of_work() as session:
            values = {"name": name}
            record(session, "plugin.exported", actor=actor, subject_kind="plugin", subject_id=None, after=values)
    return counts


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode("ascii")
        case Decimal() | UUID():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be exported")

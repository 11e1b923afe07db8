"""``helpdesk init``: an empty database becomes a desk."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy import inspect, select

from helpdesk_core.cli.running import current_cli_app, echo_json, json_option
from helpdesk_core.configuration.reading import active_preset
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db import migrate
from helpdesk_core.db.session import db, reading
from helpdesk_core.statuses.models import Status


@click.command("init")
@click.option("--preset", type=click.Choice(PRESETS), help="The statuses to begin with (HELPDESK_PRESET).")
@json_option
def init_command(preset: str | None, as_json: bool) -> None:
    """Make the tables of an empty database and fill them with a preset: statuses, types, priorities, roles."""
    app = current_cli_app()
    wanted = preset or str(app.config["HELPDESK_PRESET"])
    there = _preset_of(app)
    if there is not None and preset is not None and there != preset:
        raise Rejected(f"this desk has the preset {there}: helpdesk config preset {preset} changes it")
    app.config["HELPDESK_PRESET"] = wanted
    moved = migrate.upgrade(app)
    if there is None:
        click.echo(f"a new desk with the statuses of {wanted}; next: helpdesk user create LOGIN --name NAME")
    else:
        click.echo(f"this desk is there already, with the preset {there}")
    if as_json:
        echo_json({"preset": there or wanted, "created": there is None, "migrated": list(moved)})


def _preset_of(app: Flask) -> str | None:
    """The preset of the desk in the database, or ``None`` where there is no desk yet."""
    with app.app_context(), reading() as session:
        if not inspect(db.engine).has_table(Status.__tablename__):
            return None
        keys = session.scalars(select(Status.key)).all()
        return active_preset(keys) if keys else None

"""``helpdesk db``: the tables."""

from __future__ import annotations

import click

from helpdesk_core.cli.running import current_cli_app, echo_json, json_option
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.db import migrate
from helpdesk_core.plugins.migrations import CORE_LINEAGE


@click.group("db")
def db_group() -> None:
    """Make, check and change the tables."""


@db_group.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring all tables up to date and install what a new desk begins with."""
    moved = migrate.upgrade(current_cli_app())
    if as_json:
        echo_json({"migrated": list(moved)})
    else:
        click.echo(f"migrated: {', '.join(moved)}" if moved else "already up to date")


@db_group.command()
@click.argument("name", default=CORE_LINEAGE)
@click.option("--to", "revision", default="base", show_default=True, help="The revision to go back to.")
@click.confirmation_option(prompt="This drops tables with everything in them. Go on?")
def downgrade(name: str, revision: str) -> None:
    """Take the tables of NAME (the core, or a plugin) back."""
    migrate.downgrade(current_cli_app(), name, revision)


@db_group.command()
@json_option
def current(as_json: bool) -> None:
    """Show where each chain of migrations stands."""
    chains = migrate.current(current_cli_app())
    if as_json:
        echo_json([{"name": name, "stands": stands, "head": head} for name, (stands, head) in chains.items()])
        return
    for name, (stands, head) in chains.items():
        click.echo(f"{name:<24} {stands or '-':<28} {'up to date' if stands == head else f'head is {head}'}")


@db_group.command()
@json_option
def check(as_json: bool) -> None:
    """Compare the tables with the models; fails where they differ."""
    differences = migrate.check(current_cli_app())
    if as_json:
        echo_json({"differences": list(differences)})
    else:
        for line in differences:
            click.echo(line)
    if differences:
        raise Rejected(f"{len(differences)} differences")


@db_group.command()
@click.option("-m", "--message", required=True)
@click.option("--id", "revision_id", help="The revision's id, such as core_0002.")
@click.option("--lineage", default=CORE_LINEAGE, show_default=True)
def revision(message: str, revision_id: str | None, lineage: str) -> None:
    """Write a migration from the difference between tables and models."""
    for path in migrate.revision(current_cli_app(), message, name=lineage, revision_id=revision_id):
        click.echo(path)

"""``helpdesk plugins new``: the first minute of a plugin's author."""

from __future__ import annotations

from pathlib import Path

import click

from helpdesk_core.scaffold import write_plugin


@click.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=".",
    show_default=True,
    help="The folder that gets the new folder helpdesk-NAME.",
)
def new_command(name: str, into: Path) -> None:
    """Write a small plugin NAME (lower-case words joined by _) that runs and passes its tests."""
    folder = write_plugin(name, into)
    click.echo(f"written: {folder}")
    click.echo(f"next: cd {folder} && pip install --editable '.[test]' && pytest, then helpdesk plugins enable {name}")

"""``helpdesk import``: tickets, or tickets with their history, from another system's file."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from helpdesk_core.cli.running import echo_json, json_option, migrated_app
from helpdesk_core.imports.mapping import ImportMap, load_map
from helpdesk_core.imports.reading import ForeignFile
from helpdesk_core.imports.rejects import RejectsFile
from helpdesk_core.imports.services import MAX_BATCH, ImportOptions, ImportResult, Outcome, Reject, import_records

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
#: So many rejected lines are told on the terminal; the rejects file has them all.
_TOLD = 5


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("--map", "map_file", type=_FILE, required=True, help="Mapping file (TOML): what the columns mean here.")
@click.option("--dry-run", is_flag=True, help="Do everything, take it back, and print what would have happened.")
@click.option(
    "--create-missing/--refuse-missing",
    default=None,
    help="Create unknown groups and companies, or reject their lines; overrules the map.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where rejected lines go; FILE.rejects.csv in this directory without it.",
)
@click.option(
    "--batch", type=click.IntRange(1, MAX_BATCH), default=200, show_default=True, help="Lines per transaction."
)
@json_option
def import_command(
    file: Path,
    map_file: Path,
    dry_run: bool,
    create_missing: bool | None,
    rejects: Path | None,
    batch: int,
    as_json: bool,
) -> None:
    """Import tickets from FILE (CSV or JSON Lines, .gz too). It can be run again, and broken off, at any time."""
    mapping = load_map(map_file)
    options = ImportOptions(
        create_groups=mapping.create_groups if create_missing is None else create_missing,
        create_companies=mapping.create_companies if create_missing is None else create_missing,
        create_people=mapping.create_people,
        batch=batch,
        dry_run=dry_run,
    )
    rejects_path = rejects or Path(f"{file.name}.rejects.csv")
    if rejects_path.resolve() in (file.resolve(), map_file.resolve()):
        raise click.UsageError("--rejects would overwrite what is read")
    with migrated_app().app_context(), RejectsFile(rejects_path) as rejected:
        result = _run(file, mapping, options, rejected)
    _report(result, rejected, options, as_json=as_json)
    if rejected.count:
        sys.exit(1)


def _run(file: Path, mapping: ImportMap, options: ImportOptions, rejected: RejectsFile) -> ImportResult:
    def note(reject: Reject) -> None:
        rejected.add(reject.line, reject.field, reject.reason, reject.raw)
        if rejected.count <= _TOLD:
            field = f"{reject.field}: " if reject.field else ""
            console.print(f"line {reject.line}: {field}{reject.reason}", markup=False, highlight=False)

    def move(_: ImportResult) -> None:
        progress.update(task, completed=records.position)

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with (
        ForeignFile(file, mapping) as records,
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress,
    ):
        task = progress.add_task(file.name, total=records.size)
        return import_records(
            records,
            mapping,
            options,
            on_reject=note,
            on_batch=move,
        )


def _report(result: ImportResult, rejected: RejectsFile, options: ImportOptions, *, as_json: bool) -> None:
    if options.dry_run:
        click.echo("dry run: nothing was kept")
    for outcome in Outcome:
        click.echo(f"{outcome.value:<10} {result.counts[outcome]:>9,}")
    where = str(rejected.path) if rejected.count else None
    if where is not None:
        click.echo(f"rejected lines: {where}")
    if as_json:
        counts = {outcome.value: result.counts[outcome] for outcome in Outcome}
        echo_json({**counts, "lines": result.lines, "dry_run": options.dry_run, "rejects": where})

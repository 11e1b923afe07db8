"""``helpdesk config``: a desk's set-up as a file, carried to another desk, and another preset on a desk in use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from helpdesk_core.cli.running import echo_json, json_option, migrated_app
from helpdesk_core.configuration.parsing import MAX_BYTES, parse
from helpdesk_core.configuration.plan import Change, PlanLine
from helpdesk_core.configuration.reading import read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.services import (
    Planned,
    apply_configuration,
    change_preset,
    plan_configuration,
    plan_preset,
)
from helpdesk_core.configuration.showing import sides
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db.session import reading, unit_of_work

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_COLOURS = {Change.ADDED: "green", Change.CHANGED: "yellow", Change.REMOVED: "red"}
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_map = click.option(
    "--map", "pairs", multiple=True, metavar="OLD=NEW", help="The status that tickets of one that goes get; repeatable."
)


@click.group("config")
def config_group() -> None:
    """Carry statuses, types, priorities, roles and fields as a file; change the preset."""


@config_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@json_option
def export_command(file: Path | None, as_json: bool) -> None:
    """Write the configuration to FILE, or to standard output; the same configuration is always the same bytes."""
    with migrated_app().app_context(), reading() as session:
        configuration = read_configuration(session)
    text = render(configuration)
    if file is not None:
        file.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"written: {file}")
    elif not as_json:
        click.echo(text, nl=False)
    if as_json:
        echo_json({"preset": configuration.preset, "file": str(file) if file else None, "text": text})


@config_group.command("plan")
@click.argument("file", type=_FILE)
@_map
@json_option
def plan_command(file: Path, pairs: tuple[str, ...], as_json: bool) -> None:
    """Tell what applying FILE would change; nothing is changed."""
    raw = _raw(file)
    wanted = parse(raw, file.name)
    with migrated_app().app_context(), reading() as session:
        planned = plan_configuration(
            session, wanted, actor=SYSTEM, given=_moves(pairs), file=file.name, text=raw.decode("utf-8-sig")
        )
    _show(planned)
    if as_json:
        echo_json(_facts(planned, applied=False))


@config_group.command("apply")
@click.argument("file", type=_FILE)
@_map
@_yes
@json_option
def apply_command(file: Path, pairs: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Make this desk what FILE says, after showing the plan; all of it or nothing."""
    raw = _raw(file)
    wanted, moves = parse(raw, file.name), _moves(pairs)
    told: dict[str, Any] = {"actor": SYSTEM, "given": moves, "file": file.name, "text": raw.decode("utf-8-sig")}
    with migrated_app().app_context():
        with reading() as session:
            planned = plan_configuration(session, wanted, **told)
        _show(planned)
        if planned.changes:
            _confirm(yes)
            with _progress() as move, unit_of_work() as session:
                planned = apply_configuration(session, wanted, **told, shown=planned.digest, progress=move)
            click.echo("applied")
    if as_json:
        echo_json(_facts(planned, applied=planned.changes))


@config_group.command("preset")
@click.argument("name", type=click.Choice(PRESETS))
@_map
@_yes
@json_option
def preset_command(name: str, pairs: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Give this desk the statuses of the preset NAME; every ticket gets the new status that --map names for its own.

    Without --map the proposals are printed. Types, priorities, roles and fields stay as they are.
    """
    moves = _moves(pairs)
    with migrated_app().app_context():
        with reading() as session:
            planned = plan_preset(session, name, moves, actor=SYSTEM)
        _show(planned)
        _show_moves(planned, moves)
        if planned.unmapped:
            raise Rejected(_unmapped(name, planned, moves))
        if planned.changes:
            _confirm(yes)
            with _progress() as move, unit_of_work() as session:
                planned = change_preset(session, name, moves, actor=SYSTEM, shown=planned.digest, progress=move)
            click.echo(f"this desk has the statuses of {name} now")
    if as_json:
        echo_json(_facts(planned, applied=planned.changes))


def _raw(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(MAX_BYTES + 1)


def _moves(pairs: Sequence[str]) -> dict[str, str]:
    moves: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old and equals and new):
            raise click.UsageError(f"--map {pair}: say OLD=NEW")
        if moves.setdefault(old, new) != new:
            raise click.UsageError(f"--map {pair}: {old} is mapped to {moves[old]} already")
    return moves


def _confirm(yes: bool) -> None:
    if not yes:
        click.confirm("Change this desk so?", abort=True, err=True)


def _unmapped(name: str, planned: Planned, given: Mapping[str, str]) -> str:
    wishes = {key: given.get(key) or planned.moves.get(key, "…") for key in planned.tickets if planned.tickets[key]}
    options = " ".join(f"--map {old}={new}" for old, new in wishes.items())
    command = f"helpdesk config preset {name} {options}"
    return f"tickets have statuses that go: say what they get instead, for example\n  {command}"


def _show(planned: Planned) -> None:
    if not planned.plan:
        click.echo("nothing to change")
        return
    table = Table("", "What", "Key", "Before", "After", box=None, pad_edge=False, header_style="bold")
    for line in planned.plan:
        _rows(table, line)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    counts = {change: sum(line.change is change for line in planned.plan) for change in Change}
    click.echo(", ".join(f"{count} {change.value}" for change, count in counts.items()))


def _rows(table: Table, line: PlanLine) -> None:
    sign = {Change.ADDED: "+", Change.CHANGED: "~", Change.REMOVED: "-"}[line.change]
    style = _COLOURS[line.change]
    if line.change is not Change.CHANGED:
        table.add_row(Text(sign, style), line.section, Text(line.key, style), "", "")
        return
    for place, detail in enumerate(line.details):
        head = (Text(sign, style), line.section, Text(line.key, style)) if place == 0 else ("", "", "")
        before, after = sides(detail)
        table.add_row(*head, Text(f"{detail.name}: {before}"), Text(after))


def _show_moves(planned: Planned, given: Mapping[str, str]) -> None:
    if not planned.tickets:
        return
    table = Table("Status that goes", "Tickets", "Its tickets get", "", box=None, pad_edge=False, header_style="bold")
    for key, count in planned.tickets.items():
        how = "" if key in given else "proposed" if planned.moves.get(key) else ""
        table.add_row(Text(key), f"{count:,}", Text(planned.moves.get(key, "–")), how)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _facts(planned: Planned, *, applied: bool) -> dict[str, Any]:
    return {
        "applied": applied,
        "preset": {"before": planned.before.preset, "after": planned.after.preset},
        "lines": [line.as_json() for line in planned.plan],
        "map": dict(planned.moves),
        "tickets": dict(planned.tickets),
    }


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("tickets", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

"""``helpdesk plugins``: what is installed, enabled, disabled, purged; nothing of a plugin is imported to manage it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import Flask

from helpdesk_core.cli.running import bare_app, current_cli_app, echo_json, json_option
from helpdesk_core.contract.actor import SYSTEM, Actor, ActorKind
from helpdesk_core.contract.errors import NotFound, Rejected
from helpdesk_core.contract.specs import Health
from helpdesk_core.db import migrate
from helpdesk_core.db.session import reading
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.plugins.costs import SHOWN_DAYS, costs
from helpdesk_core.plugins.doctor import plugin_diagnosis
from helpdesk_core.plugins.export import export_plugin
from helpdesk_core.plugins.lifecycle import disable, enable, purge, resume
from helpdesk_core.plugins.migrations import core_lineage
from helpdesk_core.plugins.states import PluginCard, list_plugins
from helpdesk_core.ui.formatting import filesize
from helpdesk_core.users.models import Employee

_by_option = click.option("--by", "employee_id", type=int, hidden=True, help="The id of the employee who asks.")
_code_option = click.option(
    "--without-code", is_flag=True, help="Import nothing of the plugin: for one that hangs or ends the process."
)


@click.group("plugins")
def plugins_group() -> None:
    """See, enable, disable and purge plugins; running servers follow by themselves within seconds."""


@plugins_group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show every plugin that is installed, enabled, or left data behind."""
    cards = list_plugins(_migrated(current_cli_app()))
    if as_json:
        echo_json([_row(card) for card in cards])
        return
    if not cards:
        click.echo("no plugin is installed")
    for card in cards:
        size = filesize(card.size) if card.size else "-"
        click.echo(
            f"{card.name:<24} {card.state.value:<12} {card.version:<10} {size:>8}  {card.reason or card.summary}"
        )


@plugins_group.command("enable")
@click.argument("name")
@_by_option
@json_option
def enable_command(name: str, employee_id: int | None, as_json: bool) -> None:
    """Migrate the tables of NAME and let it run."""
    app = _migrated(bare_app())
    enable(app, name, actor=_actor(app, employee_id))
    _done(as_json, name, "enabled", [])


@plugins_group.command("disable")
@click.argument("name")
@_code_option
@_by_option
@json_option
def disable_command(name: str, without_code: bool, employee_id: int | None, as_json: bool) -> None:
    """Take NAME out of use; its data stays."""
    app = _migrated(bare_app())
    notes = disable(app, name, actor=_actor(app, employee_id), run_code=not without_code)
    _done(as_json, name, "disabled", notes)


@plugins_group.command("purge")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for the name again.")
@click.option("--export", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write its data here first.")
@_code_option
@_by_option
@json_option
def purge_command(
    name: str, yes: bool, file: Path | None, without_code: bool, employee_id: int | None, as_json: bool
) -> None:
    """Remove everything that the disabled plugin NAME stored, for good; run it again where it was broken off."""
    app = _migrated(bare_app())
    typed = name if yes else click.prompt(f"This removes all data of {name} for good. Type {name} to go on", err=True)
    actor = _actor(app, employee_id)
    if file is not None:
        _export(app, name, file, actor)
    notes = purge(app, name, confirmation=typed, actor=actor, run_code=not without_code)
    _done(as_json, name, "purged", notes)


@plugins_group.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def export_command(name: str, file: Path, as_json: bool) -> None:
    """Write the tables of NAME to the zip FILE, a line of JSON for each row; its package may be gone."""
    app = _migrated(bare_app())
    counts = _export(app, name, file, SYSTEM)
    if as_json:
        echo_json({"name": name, "file": str(file), "rows": counts})
    else:
        click.echo(f"{name}: {sum(counts.values())} rows of {len(counts)} tables in {file}")


@plugins_group.command("resume")
@click.argument("name")
@click.argument("hook")
@json_option
def resume_command(name: str, hook: str, as_json: bool) -> None:
    """Take the suspended contribution of NAME to HOOK in again."""
    resume(_migrated(bare_app()), name, hook)
    _done(as_json, name, "resumed", [])


@plugins_group.command("doctor")
@json_option
def doctor_command(as_json: bool) -> None:
    """Say what is wrong with the plugins and what each costs; fails where an enabled one does not run."""
    app = _migrated(current_cli_app())
    findings = plugin_diagnosis(app)
    with app.app_context(), reading() as session:
        dear = costs(session, current_runtime())
    if as_json:
        rows = [{"key": one.key, "status": one.status.value, "message": one.message} for one in findings]
        echo_json({"findings": rows, "costs": [asdict(one) for one in dear]})
    else:
        for one in findings:
            click.echo(f"{one.status.value:<8} {one.key:<40} {one.message}".rstrip())
        if dear:
            click.echo(f"\ncosts of the last {SHOWN_DAYS} days, in milliseconds")
            click.echo(f"{'plugin':<24} {'hook':<36} {'calls':>8} {'failed':>7} {'mean':>8} {'slowest':>8}")
        for cost in dear:
            click.echo(
                f"{cost.plugin:<24} {cost.hook:<36} {cost.calls:>8} {cost.failures:>7}"
                f" {cost.mean * 1000:>8.2f} {cost.slowest * 1000:>8.1f}"
            )
    failed = [one.key for one in findings if one.status is Health.FAILED]
    if failed:
        raise Rejected(f"failed: {', '.join(failed)}")


def _migrated(app: Flask) -> Flask:
    if not migrate.is_current(app, [core_lineage()]):
        raise Rejected("the database is not up to date: run `helpdesk db upgrade`")
    return app


def _actor(app: Flask, employee_id: int | None) -> Actor:
    if employee_id is None:
        return SYSTEM
    with app.app_context(), reading() as session:
        employee = session.get(Employee, employee_id)
        if employee is None:
            raise NotFound("employee")
        return Actor(kind=ActorKind.EMPLOYEE, id=employee.id, label=employee.name)


def _export(app: Flask, name: str, file: Path, actor: Actor) -> dict[str, int]:
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("xb") as target:
            counts = export_plugin(app, name, target, actor=actor)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return counts


def _done(as_json: bool, name: str, done: str, notes: list[str]) -> None:
    if as_json:
        echo_json({"name": name, "done": done, "notes": notes})
        return
    for note in notes:
        click.echo(f"{name}: {note}", err=True)
    click.echo(f"{name} is {done}")


def _row(card: PluginCard) -> dict[str, Any]:
    return asdict(card) | {"state": card.state.value}

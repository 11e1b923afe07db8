"""``helpdesk check``: whether everything that the helpdesk stands on is sound."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_core.cli.running import current_cli_app, echo_json, json_option
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.specs import Health, HealthFinding
from helpdesk_core.db import migrate
from helpdesk_core.db.session import reading
from helpdesk_core.inbound.models import InboundMail
from helpdesk_core.inbound.queries import count_held
from helpdesk_core.jobs.health import job_findings, scale_findings
from helpdesk_core.plugins.health import plugin_findings
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets.models import Attachment


@click.command("check")
@json_option
def check_command(as_json: bool) -> None:
    """Check the database, the files, the configuration and the plugins; fails where one of them does."""
    app = current_cli_app()
    with app.app_context():
        findings = list(core_findings(app)) + plugin_findings(app)
    if as_json:
        echo_json([{"key": one.key, "status": one.status.value, "message": one.message} for one in findings])
    else:
        for one in findings:
            click.echo(f"{one.status.value:<8} {one.key:<20} {one.message}".rstrip())
    failed = [one.key for one in findings if one.status is Health.FAILED]
    if failed:
        raise Rejected(f"failed: {', '.join(failed)}")


def core_findings(app: Flask) -> Iterator[HealthFinding]:
    """What the core says about itself; needs an app context."""
    yield _data_dir(Path(app.config["HELPDESK_DATA_DIR"]))
    yield _base_url(app)
    yield from scale_findings(app)
    try:
        behind = [name for name, (stands, head) in migrate.current(app).items() if stands != head]
    except SQLAlchemyError as error:
        yield HealthFinding(key="database", status=Health.FAILED, message=str(getattr(error, "orig", error)))
        return
    yield HealthFinding(key="database", status=Health.OK)
    if behind:
        message = f"not up to date: {', '.join(behind)}; run `helpdesk db upgrade`"
        yield HealthFinding(key="migrations", status=Health.FAILED, message=message)
        return
    yield HealthFinding(key="migrations", status=Health.OK)
    drift = migrate.check(app)
    yield HealthFinding(key="tables", status=Health.FAILED if drift else Health.OK, message="; ".join(drift[:3]))
    yield _attachments()
    yield from job_findings(app)
    yield _mails()


def _data_dir(path: Path) -> HealthFinding:
    if not os.access(path, os.W_OK):
        return HealthFinding(key="data_dir", status=Health.FAILED, message=f"{path} cannot be written")
    key = path / "secret_key"
    if os.name != "nt" and key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        return HealthFinding(key="data_dir", status=Health.FAILED, message=f"{key} can be read by others")
    return HealthFinding(key="data_dir", status=Health.OK)


def _base_url(app: Flask) -> HealthFinding:
    if app.config["HELPDESK_BASE_URL"]:
        return HealthFinding(key="base_url", status=Health.OK)
    message = "HELPDESK_BASE_URL is not set: links in mails follow the request's host"
    return HealthFinding(key="base_url", status=Health.WARNING, message=message)


def _attachments() -> HealthFinding:
    with reading() as session:
        expected = set(session.scalars(select(Attachment.stored_name)))
        mails = select(InboundMail.stored_name).where(InboundMail.stored_name.is_not(None))
        expected |= {name for name in session.scalars(mails) if name}
    missing = expected - storage().names()
    if missing:
        return HealthFinding(key="attachments", status=Health.FAILED, message=f"{len(missing)} files are missing")
    return HealthFinding(key="attachments", status=Health.OK)


def _mails() -> HealthFinding:
    with reading() as session:
        held = count_held(session)
    if held:
        message = f"{held} mails wait for somebody: see `helpdesk mail list --state held`, then `helpdesk mail replay`"
        return HealthFinding(key="mails", status=Health.WARNING, message=message)
    return HealthFinding(key="mails", status=Health.OK)

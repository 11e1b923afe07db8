"""The ``helpdesk`` command: 0 done, 1 refused or failed, 2 wrong usage, 75 busy, try again; the reason on stderr."""

from __future__ import annotations

import sys
from typing import Any

import click
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_core.cli.check import check_command
from helpdesk_core.cli.config import config_group
from helpdesk_core.cli.db import db_group
from helpdesk_core.cli.demo import demo_command
from helpdesk_core.cli.i18n import i18n_group
from helpdesk_core.cli.imports import import_command
from helpdesk_core.cli.init import init_command
from helpdesk_core.cli.jobs import jobs_group, worker_command
from helpdesk_core.cli.mail import mail_group
from helpdesk_core.cli.new_plugin import new_command
from helpdesk_core.cli.plugins import plugins_group
from helpdesk_core.cli.running import current_cli_app
from helpdesk_core.cli.server import serve_command
from helpdesk_core.cli.tickets import ticket_group
from helpdesk_core.cli.users import user_group
from helpdesk_core.contract.errors import EXIT_STATUS, HelpdeskError, TryLater
from helpdesk_core.contract.specs import CliGroup
from helpdesk_core.db.session import passes_by_itself
from helpdesk_core.plugins.calls import EXTENSION


class HelpdeskGroup(click.Group):
    """The core's commands, and as ``helpdesk <plugin> ...`` those of the plugins."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The core's commands, then the plugins'; without those where the configuration is broken."""
        try:
            plugins = sorted(_plugin_groups(current_cli_app()))
        except (HelpdeskError, SQLAlchemyError, ImportError, OSError, ValueError) as error:
            click.echo(f"helpdesk: commands of plugins are left out: {error}", err=True)
            plugins = []
        return [*super().list_commands(context), *plugins]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The core's command of that name, else the plugin's group; no plugin is loaded for the core's."""
        return super().get_command(context, name) or _plugin_groups(current_cli_app()).get(name)

    def invoke(self, context: click.Context) -> Any:
        """Run the command; the one place where an error becomes an exit status."""
        try:
            return super().invoke(context)
        except HelpdeskError as error:
            click.echo(f"helpdesk: {error}", err=True)
            context.exit(EXIT_STATUS.get(error.code, 1))
        except SQLAlchemyError as error:
            told = getattr(error, "orig", None) or error
            click.echo(f"helpdesk: the database (HELPDESK_DATABASE_URL): {told}", err=True)
            context.exit(EXIT_STATUS[TryLater.code] if passes_by_itself(error) else 1)
        except (OSError, ValueError) as error:
            click.echo(f"helpdesk: {error}", err=True)
            context.exit(1)


def _plugin_groups(app: Flask) -> dict[str, click.Group]:
    groups = app.extensions[EXTENSION].registry.all(CliGroup)
    return {str(row.group.name): row.group for row in groups}


@click.group(cls=HelpdeskGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="helpdesk-core")
@click.pass_context
def main(context: click.Context) -> None:
    """An open helpdesk built of small rooms."""
    # Standard output belongs to what was asked for.
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            # Plain tracebacks: the long ones print local variables, passwords among them.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
    )
    context.call_on_close(structlog.reset_defaults)
    if context.invoked_subcommand not in main.commands:
        # A plugin's commands run inside the app they belong to.
        context.with_resource(current_cli_app().app_context())


for _command in (
    db_group, serve_command, worker_command, check_command, user_group, plugins_group, jobs_group, mail_group,
    ticket_group, import_command, demo_command, init_command, config_group, i18n_group,
):  # fmt: skip
    main.add_command(_command)
plugins_group.add_command(new_command)

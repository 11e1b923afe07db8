"""``helpdesk user``: employees, from the terminal."""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.permissions import ADMINISTRATOR
from helpdesk_core.cli.running import echo_json, json_option, migrated_app
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.tickets.handing_over import deactivate_employee
from helpdesk_core.users.accounts import set_password
from helpdesk_core.users.commands import CreateEmployee
from helpdesk_core.users.models import UserAccount
from helpdesk_core.users.passwords import check_strength, hash_password
from helpdesk_core.users.services import create_employee, get_employee
from helpdesk_core.users.sessions import normalise_login

# Asked for without echo; with a pipe it is read from standard input, so it never stands in a process list.
_password = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="HELPDESK_PASSWORD"
)


@click.group("user")
def user_group() -> None:
    """Add and change employees."""


@user_group.command()
@click.argument("login")
@click.option("--name", required=True)
@click.option("--email")
@click.option("--role", "roles", multiple=True, default=(ADMINISTRATOR,), show_default=True, help="May be repeated.")
@_password
@json_option
def create(login: str, name: str, email: str | None, roles: tuple[str, ...], password: str, as_json: bool) -> None:
    """Add an employee who may sign in as LOGIN."""
    command = CreateEmployee(name=name, email=email, login=login, password=password, role_keys=roles)
    with migrated_app().app_context(), unit_of_work() as session:
        number = create_employee(session, command, actor=SYSTEM).id
    if as_json:
        echo_json({"id": number, "login": login, "roles": roles})
    else:
        click.echo(f"employee {number}: {login}")


@user_group.command("set-password")
@click.argument("login")
@_password
def set_password_command(login: str, password: str) -> None:
    """Set the password of LOGIN and end all its sessions."""
    check_strength(password, login=login)
    hashed = hash_password(password)
    with migrated_app().app_context(), unit_of_work() as session:
        set_password(session, _account(session, login), hashed, actor=SYSTEM)


@user_group.command()
@click.argument("login")
def deactivate(login: str) -> None:
    """Deactivate the employee with LOGIN; refused while open tickets are his (OK-209)."""
    with migrated_app().app_context(), unit_of_work() as session:
        account = _account(session, login)
        if account.employee_id is None:
            raise NotFound("employee")
        deactivate_employee(session, get_employee(session, account.employee_id), actor=SYSTEM)


def _account(session: Session, login: str) -> UserAccount:
    account = session.scalar(select(UserAccount).where(UserAccount.login == normalise_login(login)))
    if account is None:
        raise NotFound(f"login {login}")
    return account

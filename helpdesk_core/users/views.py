"""Employees and functional groups."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from helpdesk_core.access.policy import can
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.tickets import handing_over
from helpdesk_core.ui.guard import guarded
from helpdesk_core.users import account_views, queries, services
from helpdesk_core.users.accounts import get_account
from helpdesk_core.users.blueprint import bp
from helpdesk_core.users.commands import CreateEmployee, GroupValues, HandOver, UpdateEmployee
from helpdesk_core.users.forms import (
    EmployeeForm,
    GroupForm,
    HandOverForm,
    NewEmployeeForm,
    NewPasswordForm,
    timezone_choices,
)
from helpdesk_core.users.groups import get_group
from helpdesk_core.users.passwords import check_strength, hash_password

# The pages of one's own account hang on the same blueprint.
__all__ = ["account_views", "bp"]

READ, MANAGE, GROUPS = "core:employee:read", "core:employee:manage", "core:group:manage"


def _can(permission: str) -> bool:
    with reading():
        return can(g.actor, permission)


@bp.get("/employees")
@guarded(READ)
def list_employees() -> ResponseReturnValue:
    """Employees with their roles and groups (OK-206)."""
    text = request.args.get("q", "")[:200].strip()
    inactive = request.args.get("inactive") == "yes"
    rows = queries.employees(text=text, inactive=inactive)
    return render_template("core/users/employees.html", rows=rows, q=text, inactive=inactive, can_manage=_can(MANAGE))


@bp.get("/employees/<int:employee_id>")
@guarded(READ)
def show_employee(employee_id: int) -> ResponseReturnValue:
    """One employee's card."""
    return render_template("core/users/employee.html", person=queries.employee(employee_id), can_manage=_can(MANAGE))


def _offer(form: EmployeeForm, held: tuple[int, ...] = ()) -> None:
    shown = dict(queries.group_choices(hidden=True)).items() if held else queries.group_choices()
    visible = dict(queries.group_choices())
    form.role_keys.choices = [(role.key, role.label) for role in queries.employee_roles()]
    form.group_ids.choices = [(number, name) for number, name in shown if number in visible or number in held]
    form.timezone.choices = timezone_choices()


@bp.route("/employees/new", methods=["GET", "POST"])
@guarded(MANAGE)
def add_employee() -> ResponseReturnValue:
    """Add an employee, active at once unless told otherwise (OK-208)."""
    form = NewEmployeeForm()
    _offer(form)
    if form.submitted():
        with form.refusals():
            if form.password.data:
                check_strength(form.password.data, login=form.login.data or "")
        if form.accepted:
            # Hashing takes long, so it is done before the transaction begins.
            hashed = hash_password(form.password.data) if form.password.data else None
            command = CreateEmployee(**_values(form), password_hash=hashed, active=bool(form.active.data))
            number = 0
            with form.refusals(), unit_of_work() as session:
                number = services.create_employee(session, command, actor=g.actor).id
            if form.accepted:
                flash(_("The employee is added."), "success")
                return redirect(url_for("users.show_employee", employee_id=number), 303)
    return _form(form, _("New employee"), url_for("users.list_employees"), _("Add the employee"))


@bp.route("/employees/<int:employee_id>/edit", methods=["GET", "POST"])
@guarded(MANAGE)
def edit_employee(employee_id: int) -> ResponseReturnValue:
    """Change an employee with his login, roles and groups (OK-212)."""
    row = queries.employee(employee_id)
    form = EmployeeForm(obj=row)
    _offer(form, row.group_ids)
    if form.submitted():
        command = UpdateEmployee(**_values(form))
        with form.refusals(), unit_of_work() as session:
            services.update_employee(session, services.get_employee(session, employee_id), command, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("users.show_employee", employee_id=employee_id), 303)
    back = url_for("users.show_employee", employee_id=employee_id)
    return _form(form, row.name, back, _("Save"))


@bp.route("/employees/<int:employee_id>/password", methods=["GET", "POST"])
@guarded(MANAGE)
def set_employee_password(employee_id: int) -> ResponseReturnValue:
    """Set somebody's password; all his sessions end."""
    row = queries.employee(employee_id)
    form = NewPasswordForm()
    if form.submitted():
        with form.refusals():
            check_strength(form.password.data or "", login=row.login or "")
        if form.accepted:
            hashed = hash_password(form.password.data or "")
            with form.refusals(), unit_of_work() as session:
                account = get_account(session, employee_id=employee_id)
                services.set_password(session, account, hashed, actor=g.actor)
            if form.accepted:
                flash(_("The password is set, and all sessions are ended."), "success")
                return redirect(url_for("users.show_employee", employee_id=employee_id), 303)
    title = _("New password for %(name)s", name=row.name)
    return _form(form, title, url_for("users.show_employee", employee_id=employee_id), _("Set the password"))


@bp.route("/employees/<int:employee_id>/deactivate", methods=["GET", "POST"])
@guarded(MANAGE)
def deactivate_employee(employee_id: int) -> ResponseReturnValue:
    """Deactivate an employee once somebody else has his tickets that are not closed (OK-209)."""
    row = queries.employee(employee_id)
    tickets = handing_over.tickets_left(employee_id)
    form = HandOverForm()
    nobody = [("", _("nobody"))]
    form.employee_id.choices = [*nobody, *queries.active_employee_choices(without=employee_id)]
    form.group_id.choices = [*nobody, *queries.group_choices()]
    if form.submitted():
        to = HandOver(employee_id=form.employee_id.data, group_id=form.group_id.data)
        moved: list[int] = []
        with form.refusals(), unit_of_work() as session:
            employee = services.get_employee(session, employee_id)
            moved = handing_over.deactivate_employee(session, employee, actor=g.actor, hand_over=to)
        if form.accepted:
            told = ngettext("%(num)s ticket was handed over.", "%(num)s tickets were handed over.", len(moved))
            flash(_("The employee is deactivated.") + (f" {told}" if moved else ""), "success")
            return redirect(url_for("users.show_employee", employee_id=employee_id), 303)
    with reading():
        statuses = status_catalog().by_key
    page = render_template(
        "core/users/deactivate.html",
        person=row,
        form=form,
        tickets=tickets,
        count=handing_over.tickets_left_count(employee_id),
        statuses=statuses,
    )
    return page, form.status


@bp.post("/employees/<int:employee_id>/activate")
@guarded(MANAGE)
def activate_employee(employee_id: int) -> ResponseReturnValue:
    """Let an employee work again."""
    with unit_of_work() as session:
        services.activate_employee(session, services.get_employee(session, employee_id), actor=g.actor)
    flash(_("The employee is active again."), "success")
    return redirect(url_for("users.show_employee", employee_id=employee_id), 303)


@bp.get("/groups")
@guarded(READ)
def list_groups() -> ResponseReturnValue:
    """Functional groups with their members (OK-217)."""
    text = request.args.get("q", "")[:200].strip()
    return render_template("core/users/groups.html", rows=queries.groups(text=text), q=text, can_manage=_can(GROUPS))


@bp.route("/groups/new", methods=["GET", "POST"])
@guarded(GROUPS)
def add_group() -> ResponseReturnValue:
    """Add a group."""
    form = GroupForm()
    form.member_ids.choices = form.notify_ids.choices = queries.active_employee_choices()
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            services.create_group(session, _group(form), actor=g.actor)
        if form.accepted:
            flash(_("The group is added."), "success")
            return redirect(url_for("users.list_groups"), 303)
    return _form(form, _("New group"), url_for("users.list_groups"), _("Add the group"))


@bp.route("/groups/<int:group_id>/edit", methods=["GET", "POST"])
@guarded(GROUPS)
def edit_group(group_id: int) -> ResponseReturnValue:
    """Change a group, its members and its notification list."""
    row = queries.group(group_id)
    form = GroupForm(obj=row)
    form.member_ids.choices = form.notify_ids.choices = queries.member_choices(row.member_ids)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            services.update_group(session, get_group(session, group_id), _group(form), actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("users.list_groups"), 303)
    remove = {
        "url": url_for("users.delete_group", group_id=group_id),
        "label": _("Delete"),
        "confirm": _("Delete this group?"),
        "text": _("A group that tickets name is hidden instead."),
    }
    return _form(form, row.name, url_for("users.list_groups"), _("Save"), remove)


@bp.post("/groups/<int:group_id>/delete")
@guarded(GROUPS)
def delete_group(group_id: int) -> ResponseReturnValue:
    """Delete a group, or hide it where tickets name it (OK-218)."""
    with unit_of_work() as session:
        gone = services.delete_or_hide(session, get_group(session, group_id), actor=g.actor)
    flash(_("The group is deleted.") if gone else _("Tickets name this group, so it is hidden."), "success")
    return redirect(url_for("users.list_groups"), 303)


def _values(form: EmployeeForm) -> dict[str, Any]:
    names = ("name", "email", "phone", "position", "login", "timezone", "language")
    values = {name: getattr(form, name).data for name in names}
    return {**values, "role_keys": tuple(form.role_keys.data or ()), "group_ids": tuple(form.group_ids.data or ())}


def _group(form: GroupForm) -> GroupValues:
    return GroupValues(
        name=form.name.data or "",
        description=form.description.data or "",
        hidden=bool(form.hidden.data),
        member_ids=tuple(form.member_ids.data or ()),
        notify_ids=tuple(form.notify_ids.data or ()),
    )


def _form(form: Any, title: str, back: str, label: str, remove: dict[str, str] | None = None) -> tuple[str, int]:
    page = render_template(
        "core/users/form.html",
        form=form,
        title=title,
        back_url=back,
        submit_label=label,
        remove=remove,
        pickers=("timezone",),
    )
    return page, form.status

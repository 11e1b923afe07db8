"""Pages of the settings."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.access.policy import require
from helpdesk_core.contract.specs import Permission
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.fields.catalog import custom_fields
from helpdesk_core.fields.visibility import sees, write_visibility
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.settings import entries as lists
from helpdesk_core.settings import registry, services
from helpdesk_core.settings.forms import CannedForm, CategoryForm, FieldForm, GeneralForm, PriorityForm, TypeForm
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.ui.form import PageForm
from helpdesk_core.ui.guard import guarded
from helpdesk_core.users.queries import all_roles
from helpdesk_core.users.roles import write_grants

bp = Blueprint("settings", __name__)

MANAGE = "core:settings:manage"
_FORMS: Final[dict[str, type[PageForm]]] = {
    "types": TypeForm,
    "priorities": PriorityForm,
    "categories": CategoryForm,
    "fields": FieldForm,
    "canned": CannedForm,
}
#: The heading under which the page of rights shows those of a resource; the core's others stand under "core".
_AREAS: Final = {
    "core:desk": "desk", "core:view": "desk", "core:canned": "desk",
    "core:ticket": "tickets",
    "core:customer": "customers", "core:portal": "customers",
}  # fmt: skip
#: Title, lead, and the columns of each list: attribute and heading.
_PAGES: Final[dict[str, tuple[Any, Any, tuple[tuple[str, Any], ...]]]] = {
    "types": (
        lazy_gettext("Types"),
        lazy_gettext("What kinds of tickets there are."),
        (("name", lazy_gettext("Name")), ("internal", lazy_gettext("Internal")), ("active", lazy_gettext("In use"))),
    ),
    "priorities": (
        lazy_gettext("Priorities"),
        lazy_gettext("How urgent a ticket can be."),
        (
            ("name", lazy_gettext("Name")),
            ("rank", lazy_gettext("Rank")),
            ("is_default", lazy_gettext("Default")),
            ("active", lazy_gettext("In use")),
        ),
    ),
    "categories": (
        lazy_gettext("Company categories"),
        lazy_gettext("How companies are told apart; never shown to customers."),
        (("name", lazy_gettext("Name")), ("position", lazy_gettext("Position"))),
    ),
    "fields": (
        lazy_gettext("Custom fields"),
        lazy_gettext("What else a ticket holds."),
        (
            ("label", lazy_gettext("Name")),
            ("kind", lazy_gettext("Kind")),
            ("required", lazy_gettext("Required")),
            ("active", lazy_gettext("In use")),
        ),
    ),
    "canned": (
        lazy_gettext("Canned answers"),
        lazy_gettext("Texts for frequent cases."),
        (("title", lazy_gettext("Title")), ("group_id", lazy_gettext("Group"))),
    ),
}


@bp.get("/settings")
@guarded(MANAGE)
def index() -> ResponseReturnValue:
    """All settings as cards."""
    return settings_page("core/settings/index.html", None)


@bp.route("/settings/general", methods=["GET", "POST"])
@guarded(MANAGE)
def general() -> ResponseReturnValue:
    """Name of the site, default visibility of comments (OK-072), limits."""
    with reading():
        form = GeneralForm(data=registry.settings_of(GeneralForm.SETTINGS))
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            services.change_settings(session, form.settings(), actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("settings.general"), 303)
    page = settings_page(
        "core/settings/form.html", "general", title=_("General"), form=form, back_url=url_for("settings.index")
    )
    return page, form.status


@bp.route("/settings/fields/visibility", methods=["GET", "POST"])
@guarded(MANAGE)
def field_visibility() -> ResponseReturnValue:
    """Which role sees which custom field (OK-048); the administrator's column is fixed."""
    with reading():
        fields = [field for field in custom_fields().values() if field.active]
    known = all_roles()
    form = PageForm()
    if form.submitted():
        # An unticked box sends nothing, so the page says which boxes it had: a field added meanwhile stays as it is.
        offered, ticked = request.form.getlist("offered"), set(request.form.getlist("shown"))
        wanted = {(pair[0], pair[2]): name in ticked for name in offered if (pair := name.partition(" "))[2]}
        with form.refusals(), unit_of_work() as session:
            write_visibility(session, wanted, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("settings.field_visibility"), 303)
    page = settings_page(
        "core/settings/field_visibility.html",
        "fields",
        form=form,
        fields=fields,
        roles=known,
        sees=sees,
        back_url=url_for("settings.list_entries", kind="fields"),
    )
    return page, form.status


@bp.get("/settings/lists/<kind>")
@guarded("core:desk:use")
def list_entries(kind: str) -> ResponseReturnValue:
    """One of the short lists."""
    entry_kind = _kind(kind)
    title, lead, columns = _PAGES[kind]
    return settings_page(
        "core/settings/entries.html",
        kind,
        kind=kind,
        title=title,
        lead=lead,
        columns=columns,
        rows=lists.entries(entry_kind),
        groups=lists.canned_groups() if kind == "canned" else {},
    )


@bp.route("/settings/lists/<kind>/new", methods=["GET", "POST"])
@guarded("core:desk:use")
def add_entry(kind: str) -> ResponseReturnValue:
    """Add to a short list."""
    return _entry_form(_kind(kind), None)


@bp.route("/settings/lists/<kind>/<int:entry_id>", methods=["GET", "POST"])
@guarded("core:desk:use")
def edit_entry(kind: str, entry_id: int) -> ResponseReturnValue:
    """Change an entry of a short list."""
    return _entry_form(_kind(kind), entry_id)


@bp.post("/settings/lists/<kind>/<int:entry_id>/delete")
@guarded("core:desk:use")
def delete_entry(kind: str, entry_id: int) -> ResponseReturnValue:
    """Delete an entry, or take it out of use where tickets name it."""
    entry_kind = _kind(kind)
    with unit_of_work() as session:
        gone = lists.delete_entry(session, entry_kind, entry_id, actor=g.actor)
    flash(_("Deleted.") if gone else _("Tickets name it, so it is only taken out of use."), "success")
    return redirect(url_for("settings.list_entries", kind=kind), 303)


@bp.route("/settings/roles", methods=["GET", "POST"])
@guarded("core:role:manage")
def roles() -> ResponseReturnValue:
    """The matrix of rights and roles (OK-216); the administrator's column is fixed (OK-213)."""
    permissions = {spec.name: spec for spec in (*CORE_PERMISSIONS, *current_runtime().registry.all(Permission))}
    known = all_roles()
    form = PageForm()
    if form.submitted():
        wanted = {
            (role.key, name): value
            for role in known
            if not role.grants_all
            for name in permissions
            if (value := request.form.get(f"{role.key} {name}")) is not None
        }
        with form.refusals(), unit_of_work() as session:
            write_grants(session, wanted, permissions, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(url_for("settings.roles"), 303)
    page = settings_page(
        "core/settings/roles.html",
        "roles",
        form=form,
        roles=known,
        areas=_areas(list(permissions.values())),
        typed=request.form if form.errors else {},
    )
    return page, form.status


def _areas(permissions: list[Permission]) -> list[tuple[str, list[Permission]]]:
    # Thirty rows: under headings a right is found at a glance; a plugin's rights stand under its name.
    headings = {
        "desk": _("Desk"),
        "tickets": _("Tickets"),
        "customers": _("Customers"),
        "core": _("People and settings"),
    }
    areas: dict[str, list[Permission]] = {area: [] for area in headings}
    for permission in permissions:
        area = _AREAS.get(permission.name.rpartition(":")[0], permission.scope)
        areas.setdefault(area, []).append(permission)
    return [(headings.get(area, area), rights) for area, rights in areas.items() if rights]


def _kind(key: str) -> lists.EntryKind:
    # Each list has its own right: canned answers are not only the administrator's.
    kind = lists.KINDS.get(key)
    if kind is None:
        abort(404)
    with reading():
        require(g.actor, kind.permission)
    return kind


def _entry_form(kind: lists.EntryKind, entry_id: int | None) -> ResponseReturnValue:
    values = lists.entry_values(kind, entry_id) if entry_id is not None else {}
    form = _FORMS[kind.key](data=values) if entry_id is not None else _FORMS[kind.key]()
    back = url_for("settings.list_entries", kind=kind.key)
    if form.submitted():
        typed = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
        if "options" in typed:
            typed["options"] = tuple(line.strip() for line in (typed["options"] or "").splitlines() if line.strip())
        with form.refusals(), unit_of_work() as session:
            lists.save_entry(session, kind, entry_id, typed, actor=g.actor)
        if form.accepted:
            flash(_("Saved."), "success")
            return redirect(back, 303)
    remove = url_for("settings.delete_entry", kind=kind.key, entry_id=entry_id) if entry_id is not None else None
    title = values.get(kind.name) or _PAGES[kind.key][0]
    page = settings_page("core/settings/form.html", kind.key, title=title, form=form, back_url=back, remove_url=remove)
    return page, form.status

"""One's own pages: profile, photo, password, signed-in browsers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, send_file, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk_core.customers.services import update_own_contact
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.storage.local import storage
from helpdesk_core.ui.guard import signed_in
from helpdesk_core.users import queries
from helpdesk_core.users.accounts import change_own_password
from helpdesk_core.users.blueprint import bp
from helpdesk_core.users.catalog import people
from helpdesk_core.users.commands import UpdateProfile
from helpdesk_core.users.forms import OwnPasswordForm, PhotoForm, ProfileForm, timezone_choices
from helpdesk_core.users.login import remember_token
from helpdesk_core.users.photos import LARGEST_FILE, square_photo
from helpdesk_core.users.services import get_employee, set_photo, update_profile
from helpdesk_core.users.sessions import end_sessions, revoke_session, sessions_of


def _page(status: int = 200, **forms: Any) -> ResponseReturnValue:
    person = g.person
    profile = forms.get("profile") or ProfileForm(None, data={"timezone": person.timezone, "language": person.language})
    profile.timezone.choices = timezone_choices()
    password = forms.get("password") or OwnPasswordForm(None)
    photo = forms.get("photo") or PhotoForm(None)
    sessions = sessions_of(person.account_id, current=person.session_id)
    me = queries.employee(person.person_id) if person.kind == "employee" else None
    if me is not None and "profile" not in forms:
        profile.phone.data = me.phone
    page = render_template(
        "core/users/account.html", profile=profile, password=password, photo=photo, sessions=sessions, me=me
    )
    return page, status


@bp.get("/account")
@signed_in
def account() -> ResponseReturnValue:
    """The person's own page."""
    return _page()


@bp.post("/account")
@signed_in
def save_profile() -> ResponseReturnValue:
    """Change one's time zone, language and phone."""
    form = ProfileForm()
    form.timezone.choices = timezone_choices()
    if form.submitted():
        command = UpdateProfile(timezone=form.timezone.data, language=form.language.data, phone=form.phone.data)
        with form.refusals(), unit_of_work() as session:
            if g.person.kind == "employee":
                update_profile(session, get_employee(session, g.actor.id), command, actor=g.actor)
            else:
                update_own_contact(session, g.actor.id, command.timezone, command.language, actor=g.actor)
        if form.accepted:
            cookie["language"] = form.language.data
            flash(_("Saved."), "success")
            return redirect(url_for("users.account"), 303)
    return _page(form.status, profile=form)


@bp.post("/account/language")
@signed_in
def change_language() -> ResponseReturnValue:
    """Choose a language in one's menu."""
    language = request.form.get("language", "")
    if language not in dict(LANGUAGES):
        abort(404)
    with unit_of_work() as session:
        if g.person.kind == "employee":
            employee = get_employee(session, g.actor.id)
            command = UpdateProfile(timezone=employee.timezone, language=language, phone=employee.phone)
            update_profile(session, employee, command, actor=g.actor)
        else:
            update_own_contact(session, g.actor.id, g.person.timezone, language, actor=g.actor)
    cookie["language"] = language
    return redirect(url_for("users.account"), 303)


@bp.post("/account/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Change one's password; other browsers are signed out (T-52)."""
    form = OwnPasswordForm()
    if form.submitted():
        person, token = g.person, ""
        with form.refusals():
            token = change_own_password(
                person.account_id, person.session_id, form.current.data or "", form.password.data or "", actor=g.actor
            )
        if form.accepted:
            remember_token(token, keep=cookie.permanent)
            flash(_("Your password is changed. Other browsers are signed out."), "success")
            return redirect(url_for("users.account"), 303)
    return _page(form.status, password=form)


@bp.post("/account/photo")
@signed_in
def upload_photo() -> ResponseReturnValue:
    """Replace one's photo by a picture that is drawn anew (OK-210)."""
    if g.person.kind != "employee":
        abort(404)
    form = PhotoForm()
    if form.submitted():
        sent = request.files.get("photo")
        data, name = sent.stream.read(LARGEST_FILE + 1) if sent else b"", ""
        with form.refusals():
            name = _store(square_photo(data))
        if form.accepted:
            with unit_of_work() as session:
                old = set_photo(session, get_employee(session, g.actor.id), name, actor=g.actor)
            if old:
                storage().delete(old)
            flash(_("Your photo is changed."), "success")
            return redirect(url_for("users.account"), 303)
    return _page(form.status, photo=form)


def _store(picture: BytesIO) -> str:
    stored = storage().store(picture, name="photo.jpg", content_type="image/jpeg", limit=LARGEST_FILE)
    name: str = stored.stored_name
    return name


@bp.get("/employees/<int:employee_id>/photo")
@signed_in
def photo(employee_id: int) -> ResponseReturnValue:
    """The photo of an employee; customers see it beside his answers."""
    info = people().employees.get(employee_id)
    if info is None or not info.photo:
        abort(404)
    return send_file(storage().open(info.photo), mimetype="image/jpeg", max_age=3600)


@bp.post("/account/sessions/<int:session_id>/revoke")
@signed_in
def revoke(session_id: int) -> ResponseReturnValue:
    """Sign one other browser out."""
    with unit_of_work() as session:
        found = revoke_session(session, session_id, account_id=g.person.account_id)
    if not found:
        abort(404)
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("users.account"), 303)


@bp.post("/account/sessions/revoke-others")
@signed_in
def revoke_others() -> ResponseReturnValue:
    """Sign every other browser out."""
    with unit_of_work() as session:
        end_sessions(session, g.person.account_id, keep=g.person.session_id)
    flash(_("All other browsers are signed out."), "success")
    return redirect(url_for("users.account"), 303)

"""Signing in and out, and setting a forgotten password: the same pages for employees and customers."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.extensions import limiter
from helpdesk_core.ui.guard import public, signed_in
from helpdesk_core.users.accounts import reset_is_open, reset_password
from helpdesk_core.users.forms import ForgotForm, LoginForm, NewPasswordForm
from helpdesk_core.users.login import forget_token, remember_token, safe_next
from helpdesk_core.users.reset_mail import ask_for_reset
from helpdesk_core.users.sessions import PersonInfo, normalise_login, sign_in, sign_out

bp = Blueprint("auth", __name__)

_HOME: Final = {"employee": "/inbox", "contact": "/my"}


def _who() -> str:
    # Case and spaces around a login make no second one, and the address is the peer's, not what a header claims.
    return f"{normalise_login(request.form.get('login', ''))[:254]}|{request.remote_addr}"


def home_of(person: PersonInfo) -> str:
    """Where a person begins: the role decides (OK-205)."""
    return _HOME[person.kind]


@bp.route("/login", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", key_func=_who, methods=["POST"])
def login() -> ResponseReturnValue:
    """Sign in; a wrong login and a wrong password get the same answer."""
    target = safe_next(request.args.get("next"))
    if g.person is not None and request.method == "GET":
        return redirect(target or home_of(g.person), 303)
    form = LoginForm()
    error = None
    if form.submitted():
        token = sign_in(
            form.login.data or "",
            form.password.data or "",
            request.remote_addr or "",
            request.headers.get("User-Agent", ""),
        )
        person = remember_token(token, keep=bool(form.remember.data)) if token else None
        if person is not None:
            return redirect(target or home_of(person), 303)
        form.status = 422
        error = _("The login or the password is wrong.")
    page = render_template("core/auth/login.html", form=form, forgot_url=url_for("auth.forgot"), error=error)
    return page, form.status


@bp.post("/logout")
@signed_in
def logout() -> ResponseReturnValue:
    """End this session, here and in the database."""
    sign_out(current_user.token)
    forget_token()
    return redirect(url_for("auth.login"), 303)


@bp.route("/forgot", methods=["GET", "POST"])
@public
@limiter.limit("3/minute", key_func=_who, methods=["POST"])
def forgot() -> ResponseReturnValue:
    """Mail a link for a new password; the answer is the same whether or not there is such a login."""
    form = ForgotForm()
    done = None
    if form.submitted():
        with unit_of_work() as session:
            ask_for_reset(session, form.login.data or "", language=str(get_locale()), host=request.host_url)
        done = _("If there is such a login with an e-mail address, a link is on its way. It works for one hour.")
    page = render_template(
        "core/auth/form.html",
        title=_("Forgot your password?"),
        text=None if done else _("We send you a link to set a new one."),
        form=form,
        submit_label=_("Send the link"),
        back_url=url_for("auth.login"),
        done=done,
    )
    return page, form.status


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def reset(token: str) -> ResponseReturnValue:
    """Set a new password with a mailed link, once."""
    if len(token) > 100 or not reset_is_open(token):
        raise NotFound("link")
    form = NewPasswordForm()
    done = None
    if form.submitted():
        with form.refusals():
            reset_password(token, form.password.data or "")
        if form.accepted:
            forget_token()
            done = _("Your password is set. Sign in with it now.")
    page = render_template(
        "core/auth/form.html",
        title=_("Set a new password"),
        text=None,
        form=form,
        submit_label=_("Set the password"),
        back_url=url_for("auth.login"),
        done=done,
    )
    return page, form.status, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}

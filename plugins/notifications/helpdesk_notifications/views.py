"""Settings » Notices: who is told what, in which words, from which sender, in which design."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.toolkit import (
    LANGUAGES,
    Mail,
    MailRefused,
    PageForm,
    can,
    configured_server,
    current_actor,
    guarded,
    mailer,
    people,
    reading,
    settings_page,
    site_name,
    status_catalog,
    unit_of_work,
)
from helpdesk_notifications import gettext as _
from helpdesk_notifications.extra import CHANGE, editable_contact, extra_addresses, save_extra
from helpdesk_notifications.forms import (
    DesignForm,
    ExtraForm,
    RulesForm,
    SendingForm,
    ServerForm,
    TestMailForm,
    WordingForm,
)
from helpdesk_notifications.kinds import AUDIENCES, DEFAULTS, KINDS, STATUS
from helpdesk_notifications.options import CHOOSE_SERVER, MANAGE, Options, read_options, save_options
from helpdesk_notifications.preview import design_preview, preview_of
from helpdesk_notifications.queries import latest_tickets
from helpdesk_notifications.rendering import ROOTS
from helpdesk_notifications.rules import Choice, read_rules, save_rules
from helpdesk_notifications.wording import (
    Words,
    built_in_design,
    own_wordings,
    reset_wording,
    save_wording,
    words_for,
)

bp = Blueprint("notifications", __name__, static_folder="static")
_NAV: Final = "notifications.rules"
#: A mail is looked at like a stranger's page: it runs nothing, loads nothing and knows nobody.
_FENCE: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


@bp.route("/", methods=["GET", "POST"])
@guarded(MANAGE)
def rules() -> ResponseReturnValue:
    """Which notices are sent to whom."""
    form = RulesForm()
    with reading() as session:
        current = read_rules(session)
    if form.submitted():
        wanted = _ticked(set(request.form.getlist("on")), set(request.form.getlist("status")))
        with form.refusals(), unit_of_work() as session:
            save_rules(session, wanted, actor=current_actor())
        if form.accepted:
            flash(_("The notices were saved."), "success")
            return redirect(url_for("notifications.rules"), 303)
        current = wanted
    page = {
        "form": form,
        "rules": current,
        "kinds": KINDS,
        "audiences": AUDIENCES,
        "told": [audience for audience in AUDIENCES if (STATUS, audience) in DEFAULTS],
        "statuses": status_catalog().ordered,
    }
    return settings_page("notifications/rules.html", _NAV, page=page), form.status


def _ticked(boxes: set[str], statuses: set[str]) -> dict[tuple[str, str], Choice]:
    keys = [status.key for status in status_catalog().ordered]
    found = {}
    for kind, audience in DEFAULTS:
        chosen: frozenset[str] = frozenset()
        enabled = f"{kind}/{audience}" in boxes
        if kind == STATUS:
            chosen = frozenset(key for key in keys if f"{audience}/{key}" in statuses)
            enabled = enabled and bool(chosen)
            if len(chosen) == len(keys):
                chosen = frozenset()  # all of them, and those that come later
        found[kind, audience] = Choice(enabled, chosen)
    return found


@bp.get("/words")
@guarded(MANAGE)
def wordings() -> ResponseReturnValue:
    """All texts, and which of them are the site's own."""
    with reading() as session:
        own = own_wordings(session)
    page = {"places": sorted(DEFAULTS, key=_order), "languages": LANGUAGES, "own": own}
    return settings_page("notifications/wordings.html", _NAV, page=page)


def _order(place: tuple[str, str]) -> tuple[int, int]:
    return AUDIENCES.index(place[1]) % 4, KINDS.index(place[0])


@bp.route("/words/<kind>/<audience>/<language>", methods=["GET", "POST"])
@guarded(MANAGE)
def wording(kind: str, audience: str, language: str) -> ResponseReturnValue:
    """Subject and text of one notice in one language."""
    place = _place(kind, audience, language)
    actor = current_actor()
    with reading() as session:
        words = words_for(session, *place)
        tickets = latest_tickets(session, actor)
    form = WordingForm(data={"subject": words.subject, "body": words.body})
    form.ticket_id.choices = [(number, f"{number} · {subject}") for number, subject in tickets]
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            said = Words(form.subject.data or "", (form.body.data or "").replace("\r\n", "\n"))
            save_wording(session, place, said, actor=actor)
        if form.accepted:
            flash(_("The text was saved."), "success")
            return redirect(url_for("notifications.wordings"), 303)
    page = {
        "form": form,
        "kind": kind,
        "audience": audience,
        "language": dict(LANGUAGES)[language],
        "code": language,
        "own": words.own,
        "variables": [f"{root}.{name}" for root, names in ROOTS.items() for name in names],
        "has_tickets": bool(tickets),
    }
    return settings_page("notifications/wording.html", _NAV, page=page), form.status


@bp.route("/words/<kind>/<audience>/<language>/preview", methods=["GET", "POST"])
@guarded(MANAGE)
def preview_wording(kind: str, audience: str, language: str) -> ResponseReturnValue:
    """What was typed, or stands, on a real ticket, as its reader would get it; nothing is saved or sent."""
    place = _place(kind, audience, language)
    actor = current_actor()
    words = Words(request.form.get("subject", ""), request.form.get("body", "").replace("\r\n", "\n"))
    number = request.form.get("ticket_id", type=int) or 0
    with reading() as session:
        if request.method == "GET":
            words = words_for(session, *place)
            number = next((ticket for ticket, _subject in latest_tickets(session, actor, limit=1)), 0)
        return _shown(preview_of(session, place, words, number, actor=actor))


@bp.post("/words/<kind>/<audience>/<language>/reset", endpoint="reset_wording")
@guarded(MANAGE)
def reset_wording_(kind: str, audience: str, language: str) -> ResponseReturnValue:
    """Say again what the plugin says."""
    place = _place(kind, audience, language)
    with unit_of_work() as session:
        reset_wording(session, place, actor=current_actor())
    flash(_("The text is the original again."), "success")
    return redirect(url_for("notifications.wordings"), 303)


@bp.route("/design", methods=["GET", "POST"])
@guarded(MANAGE)
def design() -> ResponseReturnValue:
    """The frame of every mail."""
    with reading() as session:
        own = read_options(session).design
    form = DesignForm(data={"design": own or built_in_design()})
    if form.submitted():
        typed = (form.design.data or "").replace("\r\n", "\n")
        with form.refusals(), unit_of_work() as session:
            value = "" if typed.strip() == built_in_design().strip() else typed
            save_options(session, {"design": value}, actor=current_actor())
        if form.accepted:
            flash(_("The design was saved."), "success")
            return redirect(url_for("notifications.design"), 303)
    return settings_page("notifications/design.html", _NAV, page={"form": form, "own": bool(own)}), form.status


@bp.route("/design/preview", methods=["GET", "POST"])
@guarded(MANAGE)
def preview_design() -> ResponseReturnValue:
    """What was typed, or stands, around a text."""
    with reading() as session:
        own = read_options(session).design or built_in_design()
    return _shown(design_preview(own if request.method == "GET" else request.form.get("design", "")))


@bp.post("/design/reset")
@guarded(MANAGE)
def reset_design() -> ResponseReturnValue:
    """The design that comes with the plugin."""
    with unit_of_work() as session:
        save_options(session, {"design": ""}, actor=current_actor())
    flash(_("The design is the original again."), "success")
    return redirect(url_for("notifications.design"), 303)


@bp.route("/sending", methods=["GET", "POST"])
@guarded(MANAGE)
def sending() -> ResponseReturnValue:
    """Sender, copies, the company's mailbox, digest, and a test."""
    with reading() as session:
        options = read_options(session)
    form = SendingForm(obj=options)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            save_options(session, _values(form), actor=current_actor())
        if form.accepted:
            flash(_("The settings were saved."), "success")
            return redirect(url_for("notifications.sending"), 303)
    return _sending_page(form)


@bp.post("/sending/server", endpoint="save_server")
@guarded(CHOOSE_SERVER)
def save_server() -> ResponseReturnValue:
    """Choose the server that takes all mail."""
    form = ServerForm()
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            save_options(session, _values(form), actor=current_actor())
        if form.accepted:
            flash(_("The settings were saved."), "success")
            return redirect(url_for("notifications.sending"), 303)
    return _sending_page(server=form)


@bp.post("/sending/test")
@guarded(MANAGE)
def send_test() -> ResponseReturnValue:
    """Send a mail now and say what the server said."""
    form = TestMailForm()
    with reading() as session:
        options = read_options(session)
    if form.submitted() and configured_server() is None:
        form.status = 422
        form.address.errors = [_("There is no mail server yet: mails go nowhere.")]
    elif form.is_submitted() and form.accepted:
        mail = Mail(
            to=form.address.data or "",
            subject=_("A test of %(site)s", site=site_name()),
            text=_("If you read this, mail works."),
            sender_name=options.sender_name,
            reply_to=options.reply_to or None,
        )
        try:
            mailer().send(mail)
        except (MailRefused, OSError) as error:
            form.status = 422
            form.address.errors = [_("The mail was not sent: %(reason)s", reason=str(error)[:300])]
        else:
            flash(_("The mail server took the test for %(address)s.", address=form.address.data), "success")
            return redirect(url_for("notifications.sending"), 303)
    return _sending_page(test=form)


@bp.route("/contacts/<int:contact_id>", methods=["GET", "POST"])
@guarded(CHANGE)
def extra(contact_id: int) -> ResponseReturnValue:
    """Where else the contact's notices go."""
    actor = current_actor()
    with reading() as session:
        contact = editable_contact(session, contact_id, actor=actor)
        form = ExtraForm(data={"addresses": "\n".join(extra_addresses(session, contact_id))})
    back = url_for("customers.show_contact", contact_id=contact_id)
    if form.submitted():
        with form.refusals(), unit_of_work() as session:
            save_extra(session, contact_id, (form.addresses.data or "").splitlines(), actor=actor)
        if form.accepted:
            flash(_("The addresses were saved."), "success")
            return redirect(back, 303)
    page = {"form": form, "name": contact.name, "back_url": back}
    return render_template("notifications/extra.html", page=page), form.status


def _values(form: PageForm) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name in Options.__dataclass_fields__}


def _sending_page(
    form: SendingForm | None = None, server: ServerForm | None = None, test: TestMailForm | None = None
) -> ResponseReturnValue:
    """The page with what was sent, and the other forms as they stand."""
    with reading() as session:
        options = read_options(session)
    status = next((one.status for one in (form, server, test) if one is not None), 200)
    page = {
        "form": form or SendingForm(formdata=None, obj=options),
        "server": server or ServerForm(formdata=None, obj=options),
        "chooses": can(current_actor(), CHOOSE_SERVER),
        "test": test or TestMailForm(formdata=None, data={"address": _own_address()}),
        "active": configured_server(),
    }
    return settings_page("notifications/sending.html", _NAV, page=page), status


def _own_address() -> str:
    me = people().employees.get(current_actor().id or 0)
    return (me.email if me is not None else None) or ""


def _place(kind: str, audience: str, language: str) -> tuple[str, str, str]:
    if (kind, audience) not in DEFAULTS or language not in dict(LANGUAGES):
        abort(404)
    return kind, audience, language


def _shown(html: str) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _FENCE
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response

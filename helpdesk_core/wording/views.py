"""Settings » Translations: search any word, say it the site's way, carry words in and out."""

from __future__ import annotations

from typing import Any, Final

from babel import Locale
from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from helpdesk_core.access.policy import require
from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.domains import domains
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.i18n.plurals import count_of, examples_of
from helpdesk_core.i18n.po import LARGEST
from helpdesk_core.i18n.terms import FOR_CUSTOMERS
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.ui.guard import guarded
from helpdesk_core.wording import carrying, services
from helpdesk_core.wording.forms import ImportForm, is_long, word_form
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.listing import STATES, Row, Search, find_words, rows_of
from helpdesk_core.wording.queries import history_of
from helpdesk_core.wording.services import CODES, MANAGE
from helpdesk_core.wording.words import ROOM_NAMES, digest_of

bp = Blueprint("wording", __name__, url_prefix="/settings/translations")

_KEPT: Final = ("language", "q", "domain", "room", "state")
_PLACES_SHOWN: Final = 12


@bp.get("")
@guarded(MANAGE)
def index() -> ResponseReturnValue:
    """Every word in one language, searched and filtered."""
    search = _search()
    with reading():
        page = find_words(search, actor=g.actor)
    kept = {name: value for name in _KEPT if (value := request.args.get(name, "")[:200])}
    return settings_page(
        "core/wording/list.html",
        "translations",
        page=page,
        search=search,
        kept=kept,
        languages=LANGUAGES,
        direction=_direction(search.language),
        domains=_domains(),
        rooms=ROOM_NAMES,
        tabs=[_tab(state, page.counts[state], search, kept) for state in STATES],
        pager={
            "text": "",
            "previous_url": _list_url(kept, before=page.before) if page.before else None,
            "next_url": _list_url(kept, after=page.after) if page.after else None,
        },
    )


@bp.route("/<language>/<digest>", methods=["GET", "POST"])
@guarded(MANAGE)
def edit(language: str, digest: str) -> ResponseReturnValue:
    """One word in one language, beside its source (UR-10)."""
    services.check_language(language)
    with reading():
        row = _row(language, digest)
    word = row.word
    count = count_of(language) if word.plural is not None else 1
    form = word_form(count, is_long(word.texts + row.current))()
    if not form.is_submitted():
        _fill(form, row)
    elif form.submitted():
        command = services.EditWord(
            digest=digest,
            language=language,
            forms=tuple(field.data or "" for field in form.forms),
            version=_number(form.version.data),
        )
        with form.refusals(), unit_of_work() as session:
            changed = services.edit_word(session, command, actor=g.actor)
        if form.accepted:
            flash(_("Saved. Everybody sees it within seconds.") if changed else _("Nothing has changed."), "success")
            return redirect(url_for("wording.edit", language=language, digest=digest), 303)
    return _edit_page(row, form, language)


@bp.post("/<language>/<digest>/restore")
@guarded(MANAGE)
def restore(language: str, digest: str) -> ResponseReturnValue:
    """Let the catalog speak again."""
    with unit_of_work() as session:
        services.restore_word(session, digest, language, actor=g.actor)
    flash(_("The original is back."), "success")
    if digest not in inventory().by_digest:
        return redirect(url_for("wording.index", language=language), 303)
    return redirect(url_for("wording.edit", language=language, digest=digest), 303)


@bp.post("/<language>/<digest>/undo")
@guarded(MANAGE)
def undo(language: str, digest: str) -> ResponseReturnValue:
    """Take the last edit back."""
    with unit_of_work() as session:
        services.undo_edit(session, digest, language, actor=g.actor)
    flash(_("The last edit is taken back."), "success")
    return redirect(url_for("wording.edit", language=language, digest=digest), 303)


@bp.get("/export")
@guarded(MANAGE)
def export() -> ResponseReturnValue:
    """The site's own words of one part as a file, or all of them for a translator."""
    language, domain = request.args.get("language") or _language(), request.args.get("domain") or CORE
    if domain not in domains():
        raise NotFound("domain")
    with reading() as session:
        data = carrying.export_words(
            session, language, domain, actor=g.actor, everything=request.args.get("all") == "1"
        )
    name = "site" if domain == CORE else f"site.{domain}"
    response = Response(data, mimetype="text/x-gettext-translation; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{language}.po"'
    return response


@bp.route("/import", methods=["GET", "POST"])
@guarded(MANAGE)
def bring_in() -> ResponseReturnValue:
    """Take a file of words in; wrong lines are named and left out."""
    form: Any = ImportForm(None, data={"language": _language()}) if request.method == "GET" else ImportForm()
    form.language.choices = list(LANGUAGES)
    form.domain.choices = list(_domains().items())
    carried = None
    if form.submitted():
        data = form.file.data.stream.read(LARGEST + 1)
        with unit_of_work() as session:
            carried = carrying.import_words(
                session, data, form.language.data, form.domain.data, actor=g.actor, dry_run=form.dry_run.data
            )
        if not carried.faults and not form.dry_run.data:
            flash(_brought(carried.written), "success")
            return redirect(url_for("wording.index", language=form.language.data, state="changed"), 303)
    with reading():
        require(g.actor, MANAGE)
    page = settings_page("core/wording/import.html", "translations", form=form, carried=carried,
                         back_url=url_for("wording.index"))  # fmt: skip
    return page, form.status if carried is None else 200


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _list_url(kept: dict[str, str], **more: str) -> str:
    return url_for("wording.index", **{**kept, **more})  # type: ignore[arg-type]  # its own options are typed


def _brought(count: int) -> str:
    return str(ngettext("%(num)d word was brought in.", "%(num)d words were brought in.", count))


def _edit_page(row: Row, form: Any, language: str) -> tuple[str, int]:
    word = row.word
    staff = digest_of(word.domain, word.context.removeprefix(FOR_CUSTOMERS), word.msgid)
    customers = digest_of(word.domain, FOR_CUSTOMERS + word.context.removeprefix(FOR_CUSTOMERS), word.msgid)
    with reading() as session:
        known = inventory().by_digest
        past = history_of(session, row.edit)
        others = [
            (code, name, next((one for one in rows_of(code) if one.word.digest == word.digest), None))
            for code, name in LANGUAGES
            if code != language
        ]
    page = settings_page(
        "core/wording/edit.html",
        "translations",
        row=row,
        form=form,
        language=language,
        language_name=dict(LANGUAGES)[language],
        direction=_direction(language),
        examples=examples_of(language) if word.plural is not None else ((),),
        others=[(code, name, one, _direction(code)) for code, name, one in others if one is not None],
        past=past,
        places=word.places[:_PLACES_SHOWN],
        more_places=max(0, len(word.places) - _PLACES_SHOWN),
        rooms=[str(ROOM_NAMES[room]) for room in word.rooms],
        twin=(staff if word.for_customers else customers) if customers in known else None,
        domain=_domains().get(word.domain, word.domain),
        back_url=url_for("wording.index", language=language),
    )
    return page, form.status


def _fill(form: Any, row: Row) -> None:
    form.version.data = str(row.edit.version if row.edit is not None else 0)
    said = row.edit.forms if row.changed and row.edit is not None else row.from_file or row.packaged
    for field, text in zip(form.forms, said, strict=False):
        field.data = text


def _row(language: str, digest: str) -> Row:
    require(g.actor, MANAGE)
    found = next((row for row in rows_of(language) if row.word.digest == digest), None)
    if found is None:
        raise NotFound("word")
    return found


def _search() -> Search:
    args = request.args
    state, room = args.get("state", ""), args.get("room", "")
    return Search(
        language=_language(),
        text=args.get("q", "")[:200],
        domain=args.get("domain", "")[:60],
        room=room if room in ROOM_NAMES else "",
        state=state if state in STATES else "",
        after=args.get("after", "")[:60],
        before=args.get("before", "")[:60],
    )


def _language() -> str:
    asked, reader = request.args.get("language", ""), get_locale()
    if asked in CODES:
        return asked
    return reader.language if reader is not None and reader.language in CODES else CODES[0]


def _direction(language: str) -> str:
    return str(Locale.parse(language).text_direction)


def _domains() -> dict[str, str]:
    return {name: _("Helpdesk itself") if name == CORE else name for name in domains()}


def _tab(state: str, count: int, search: Search, kept: dict[str, str]) -> dict[str, Any]:
    labels = {
        "": _("All"),
        "changed": _("Changed here"),
        "untranslated": _("Not translated"),
        "stale": _("Source changed"),
    }
    others = {name: value for name, value in kept.items() if name != "state"}
    return {
        "key": state or "all",
        "label": labels[state],
        "url": _list_url(others, **({"state": state} if state else {})),
        "active": state == search.state,
        "count": count,
    }

"""The pages that change articles: write, preview, publish, versions, delete; and what a ticket takes from them."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from helpdesk_core.toolkit import (
    Actor,
    Conflict,
    current_actor,
    discard_files,
    guarded,
    reading,
    received_files,
    unit_of_work,
)
from helpdesk_knowledge_base import answers, queries, services
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base.access import USE
from helpdesk_knowledge_base.blueprint import bp
from helpdesk_knowledge_base.commands import BODY_LIMIT, SaveArticle
from helpdesk_knowledge_base.comparing import differences
from helpdesk_knowledge_base.forms import ArticleForm
from helpdesk_knowledge_base.rendering import article_html
from helpdesk_knowledge_base.section_views import number, places


@bp.route("/articles/new", methods=["GET", "POST"])
@guarded(USE)
def new_article() -> ResponseReturnValue:
    """Write an article, of a ticket where one is named."""
    actor = current_actor()
    form = ArticleForm()
    ticket_id = request.args.get("ticket", type=int)
    with reading() as session:
        form.section_id.choices = places(session, actor=actor)
        draft = answers.draft_of(session, ticket_id, actor=actor) if ticket_id is not None else None
    if not form.is_submitted():
        form.form_token.data = secrets.token_hex(16)
        form.section_id.data = request.args.get("section", type=int)
        if draft is not None:
            form.title.data, form.body.data, form.ticket_id.data = draft.title, draft.body, str(ticket_id)
    if form.submitted():
        saved = _save(form, None, actor)
        if saved is not None:
            return saved
    cancel = url_for("knowledge_base.index")
    page = {"title": _("New article"), "form": form, "article": None, "files": (), "cancel_url": cancel, "theirs": None}
    return render_template("knowledge_base/article_form.html", page=page), form.status


@bp.route("/articles/<int:article_id>/edit", methods=["GET", "POST"])
@guarded(USE)
def edit_article(article_id: int) -> ResponseReturnValue:
    """Write another version; where somebody else did so meanwhile, both texts are shown."""
    actor = current_actor()
    with reading() as session:
        row = services.editable_article(session, article_id, actor=actor)
        choices = places(session, actor=actor)
        files = queries.files_of(session, article_id, actor=actor)
        if row.section_id not in [value for value, _label in choices]:  # where it stands it may stay
            name = next(node.name for node in queries.tree(session, actor=actor) if node.id == row.section_id)
            choices.append((row.section_id, name))
    form = ArticleForm()
    form.section_id.choices = choices
    if not form.is_submitted():
        form.title.data, form.body.data, form.section_id.data = row.newest_title, row.newest_body, row.section_id
        form.version.data = str(row.version)
    theirs: dict[str, Any] | None = None
    if form.submitted():
        try:
            saved = _save(form, article_id, actor)
        except Conflict as conflict:
            theirs = {field.name: field.theirs for field in conflict.fields}
            theirs["lines"] = differences(str(theirs["body"]), form.body.data or "") if "body" in theirs else []
            # Sending it again replaces theirs: the writer has seen it now.
            form.version.data = str(row.version)
            form.status = 409
            saved = None
        if saved is not None:
            return saved
    cancel = url_for("knowledge_base.article", article_id=article_id)
    page = {
        "title": _("Edit the article"),
        "form": form,
        "article": row,
        "files": files,
        "cancel_url": cancel,
        "theirs": theirs,
    }
    return render_template("knowledge_base/article_form.html", page=page), form.status


def _save(form: ArticleForm, article_id: int | None, actor: Actor) -> ResponseReturnValue | None:
    """Save what was typed and lead to the article; ``None`` where it was refused, and the form says why."""
    publish = request.form.get("then") == "publish"
    sent: list[FileStorage] = request.files.getlist("files")
    with form.refusals(), received_files(sent) as files, unit_of_work() as session:
        command = SaveArticle(
            article_id=article_id,
            section_id=form.section_id.data,
            title=form.title.data or "",
            body=form.body.data or "",
            publish=publish,
            version=number(form.version.data) if article_id is not None else None,
            ticket_id=number(form.ticket_id.data) if form.ticket_id.data and article_id is None else None,
            files=files,
            form_token=(form.form_token.data or "")[:64] or None if article_id is None else None,
        )
        saved_id = services.save_article(session, command, actor=actor).id
    if not form.accepted:
        return None
    flash(_("The article was published.") if publish else _("The draft was saved."), "success")
    show = None if publish else "yes"
    return redirect(url_for("knowledge_base.article", article_id=saved_id, draft=show), 303)


@bp.post("/preview")
@guarded(USE)
def preview() -> ResponseReturnValue:
    """The text as it will look, with the pictures that the article has already."""
    body = request.form.get("body", "")[:BODY_LIMIT]
    article_id = request.args.get("article", type=int)
    with reading() as session:
        files = queries.files_of(session, article_id, actor=current_actor()) if article_id is not None else ()
    urls = {one.name: url_for("knowledge_base.file", file_id=one.id) for one in files}
    return str(article_html(body, urls))


@bp.post("/articles/<int:article_id>/publish")
@guarded(USE)
def publish(article_id: int) -> ResponseReturnValue:
    """Let readers see the newest version."""
    with unit_of_work() as session:
        services.publish_article(session, article_id, actor=current_actor())
    return _told(article_id, _("The article was published."))


@bp.post("/articles/<int:article_id>/unpublish")
@guarded(USE)
def unpublish(article_id: int) -> ResponseReturnValue:
    """Take the article from its readers."""
    with unit_of_work() as session:
        services.unpublish_article(session, article_id, actor=current_actor())
    return _told(article_id, _("The article is a draft now: its readers do not see it."))


@bp.post("/articles/<int:article_id>/discard")
@guarded(USE)
def discard(article_id: int) -> ResponseReturnValue:
    """Throw away what was not published."""
    with unit_of_work() as session:
        services.discard_draft(session, article_id, actor=current_actor())
    return _told(article_id, _("The changes were thrown away; the versions keep them."))


@bp.post("/articles/<int:article_id>/delete", endpoint="delete_article")
@guarded(USE)
def delete(article_id: int) -> ResponseReturnValue:
    """Delete the article with its versions and files."""
    with unit_of_work() as session:
        section_id = services.get_article(session, article_id, actor=current_actor()).section_id
        stored = services.delete_article(session, article_id, actor=current_actor())
    discard_files(stored)
    flash(_("The article was deleted."), "success")
    return redirect(url_for("knowledge_base.section", section_id=section_id), 303)


@bp.post("/files/<int:file_id>/remove")
@guarded(USE)
def remove_file(file_id: int) -> ResponseReturnValue:
    """Delete a file of an article."""
    with unit_of_work() as session:
        article_id, stored = services.remove_file(session, file_id, actor=current_actor())
    discard_files([stored])
    flash(_("The file was deleted."), "success")
    return redirect(url_for("knowledge_base.edit_article", article_id=article_id), 303)


@bp.get("/articles/<int:article_id>/versions")
@guarded(USE)
def versions(article_id: int) -> ResponseReturnValue:
    """What the article said before, and what each version changed."""
    actor = current_actor()
    with reading() as session:
        row = services.editable_article(session, article_id, actor=actor)
        kept = queries.revisions_of(session, article_id)
        chosen = request.args.get("number", row.version, type=int)
        new = services.get_revision(session, article_id, chosen)
        old = services.get_revision(session, article_id, chosen - 1) if chosen > 1 else None
    page = {
        "article": row,
        "versions": kept,
        "new": new,
        "old": old,
        "lines": differences(old.body if old else "", new.body),
    }
    return render_template("knowledge_base/versions.html", page=page)


@bp.post("/articles/<int:article_id>/versions/<int:version>/restore")
@guarded(USE)
def restore(article_id: int, version: int) -> ResponseReturnValue:
    """Make an earlier version the newest, as a draft."""
    with unit_of_work() as session:
        services.restore_revision(session, article_id, version, actor=current_actor())
    flash(_("The earlier version waits as a draft; publish it when it is right."), "success")
    return redirect(url_for("knowledge_base.article", article_id=article_id, draft="yes"), 303)


@bp.get("/articles/<int:article_id>/answer")
@guarded(USE)
def answer(article_id: int) -> ResponseReturnValue:
    """The article as an answer to a ticket's customer, where he may read it."""
    with reading() as session:
        ticket_id = request.args.get("ticket", -1, type=int)
        url = url_for("knowledge_base.article", article_id=article_id, _external=True)
        text = answers.answer_of(session, article_id, ticket_id, url, actor=current_actor())
    return Response(text, mimetype="text/plain")


def _told(article_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("knowledge_base.article", article_id=article_id), 303)

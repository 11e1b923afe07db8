"""The pages to read: home with search, section, article, file; one address for staff and customers alike."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    NotFound,
    current_actor,
    file_response,
    guarded,
    reading,
    require,
    signed_in,
    unit_of_work,
)
from helpdesk_knowledge_base import article_views, queries, section_views, services
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base.access import USE, held, manages, may_create
from helpdesk_knowledge_base.blueprint import bp
from helpdesk_knowledge_base.models import Right
from helpdesk_knowledge_base.rendering import article_html
from helpdesk_knowledge_base.sections import grantable_roles
from helpdesk_knowledge_base.tree import get_section

__all__ = ["article_views", "bp", "section_views"]

_QUERY_LIMIT = 200
_TYPED_LIMIT = 5_000


def reader() -> Actor:
    """Who reads: an employee who may use the knowledge base, or a customer; raises ``Forbidden`` for others."""
    actor = current_actor()
    require(actor, "core:portal:use" if actor.kind is ActorKind.CONTACT else USE)
    return actor


def frame(actor: Actor) -> dict[str, Any]:
    """What every page to read needs: the layout around it, and whether it is a customer's."""
    customer = actor.kind is ActorKind.CONTACT
    return {"layout": "core/layouts/portal.html" if customer else "core/layouts/app.html", "customer": customer}


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """The sections, what was changed last, and the search."""
    actor = reader()
    query = request.args.get("q", "").strip()[:_QUERY_LIMIT]
    with reading() as session:
        hits = queries.find(query, actor=actor) if query else []
        nodes = queries.tree(session, actor=actor)
        recent = [] if query else queries.recent(session, actor=actor)
        writable = actor.kind is ActorKind.EMPLOYEE and may_create(session, actor=actor)
    page = {
        "query": query,
        "hits": hits,
        "tree": nodes,
        "recent": recent,
        "may_manage": manages(actor),
        "may_write": writable,
    }
    return render_template("knowledge_base/index.html", page=page, **frame(actor))


@bp.get("/sections/<int:section_id>")
@signed_in
def section(section_id: int) -> ResponseReturnValue:
    """A section: what is nested in it, its articles, and for its editor its rights."""
    actor = reader()
    with reading() as session:
        rights = held(session, section_id, actor=actor)
        if Right.VIEW not in rights:
            raise NotFound("section")
        nodes = queries.tree(session, actor=actor)
        found = queries.articles_of(session, section_id, actor=actor, cursor=request.args.get("cursor"))
        matrix = section_views.matrix(session, get_section(session, section_id)) if Right.EDIT in rights else None
    node = next(one for one in nodes if one.id == section_id)
    page = {
        "node": node,
        "tree": nodes,
        "crumbs": crumbs(nodes, node.parent_id),
        "children": [one for one in nodes if one.parent_id == section_id],
        "articles": [queries.listed(row) for row in found.rows],
        "pager": {
            "previous_url": _page_url(section_id, found.previous_cursor),
            "next_url": _page_url(section_id, found.next_cursor),
            "text": "",
        },
        "rights": {right.value for right in rights},
        "matrix": matrix,
        "roles": grantable_roles() if matrix is not None else (),
    }
    return render_template("knowledge_base/section.html", page=page, **frame(actor))


@bp.get("/articles/<int:article_id>")
@signed_in
def article(article_id: int) -> ResponseReturnValue:
    """An article as its reader may see it."""
    actor = reader()
    with reading() as session:
        row = services.get_article(session, article_id, actor=actor)
        files = queries.files_of(session, article_id, actor=actor)
        nodes = queries.tree(session, actor=actor)
        edits = services.may_edit(session, article_id, actor=actor)
        votes = queries.votes_of(session, article_id) if edits else None
        mine = queries.vote_of(session, article_id, actor=actor)
        ticket_url = queries.ticket_url(session, row.ticket_id, actor=actor)
    # An editor reads what readers read, unless he asks for what waits.
    waiting = edits and row.has_draft and request.args.get("draft") == "yes"
    page = {
        "article": row,
        "title": row.newest_title if waiting else row.title,
        "html": article_html(row.newest_body if waiting else row.body, pictures(files)),
        "waiting": waiting,
        "files": files,
        "crumbs": crumbs(nodes, row.section_id),
        "tree": nodes,
        "edits": edits,
        "votes": votes,
        "vote": mine,
        "ticket_url": ticket_url,
    }
    return render_template("knowledge_base/article.html", page=page, **frame(actor))


@bp.get("/files/<int:file_id>")
@signed_in
def file(file_id: int) -> ResponseReturnValue:
    """A file, for those who read its article (T-06, T-08)."""
    actor = reader()
    with reading() as session:
        row = queries.file_for(session, file_id, actor=actor)
        if row is None:
            raise NotFound("file")
    return file_response(row.stored_name, name=row.name, content_type=row.content_type, size=row.size)


@bp.post("/articles/<int:article_id>/vote")
@guarded("core:portal:use")
def vote(article_id: int) -> ResponseReturnValue:
    """Was this helpful?"""
    with unit_of_work() as session:
        services.vote(session, article_id, request.form.get("helpful") == "yes", actor=current_actor())
    flash(_("Thank you for telling us."), "success")
    return redirect(url_for("knowledge_base.article", article_id=article_id), 303)


@bp.post("/suggestions")
@signed_in
def suggestions() -> ResponseReturnValue:
    """Articles that may answer a request while it is typed; nothing where none does."""
    actor = reader()
    typed = " ".join(request.form.get(name, "")[:_TYPED_LIMIT] for name in ("subject", "description"))
    with reading() as session:
        found = queries.suggested(session, typed, actor=actor, limit=3)
    return render_template("knowledge_base/_suggestions.html", articles=found)


def pictures(files: Any) -> dict[str, str]:
    """The addresses of an article's files by name, for its text."""
    return {one.name: url_for("knowledge_base.file", file_id=one.id) for one in files}


def crumbs(nodes: list[queries.Node], section_id: int | None) -> list[dict[str, str]]:
    """The way from the home page to a section, each step a link."""
    by_id = {node.id: node for node in nodes}
    steps: list[dict[str, str]] = []
    while section_id is not None and section_id in by_id:
        node = by_id[section_id]
        steps.insert(0, {"label": node.name, "url": url_for("knowledge_base.section", section_id=node.id)})
        section_id = node.parent_id
    return [{"label": _("Knowledge base"), "url": url_for("knowledge_base.index")}, *steps]


def _page_url(section_id: int, cursor: str | None) -> str | None:
    return url_for("knowledge_base.section", section_id=section_id, cursor=cursor) if cursor else None

"""The same kinds of mistakes in a large plugin that does real work: the knowledge base."""

# ruff: noqa: E501  # an edit is the text as an author writes it
from __future__ import annotations

from tests.ecosystem.editing import PLUGIN, Mistake, append, replace

GOLDEN = "knowledge_base"
GOLDEN_PACKAGE = f"helpdesk_{GOLDEN}"
MIGRATION = f"migrations/versions/{GOLDEN}_0001_first_tables.py"
ARTICLE = f"templates/{GOLDEN}/article.html"
SIDEBAR = f"templates/{GOLDEN}/slots/ticket_sidebar.html"

IN_GOLDEN = (
    Mistake(
        "a misspelt hook",
        "loads_alone_and_with_all",
        "did you mean helpdesk_forget_user",
        (replace(PLUGIN, "def helpdesk_forget_user", "def helpdesk_forget_usr"),),
    ),
    Mistake(
        "a default in a hookimpl",
        "loads_alone_and_with_all",
        "has a default value; ask for it",
        (replace(PLUGIN, "user_id: int)", "user_id: int = 0)"),),
    ),
    Mistake(
        "a manifest that conceals its slots",
        "the_manifest_tells_the_truth",
        '"slots" is missing',
        (replace("helpdesk-plugin.toml", '"slots", ', ""),),
    ),
    Mistake(
        "a side effect at import",
        "importing_does_nothing",
        "Do that inside a function",
        (append("services.py", "\nimport os\n\nos.environ['KNOWLEDGE'] = 'yes'\n"),),
    ),
    Mistake(
        "a route without a permission",
        "every_route_is_guarded",
        "@guarded(",
        (
            replace(
                "views.py",
                '@bp.get("/articles/<int:article_id>")\n@signed_in\n',
                '@bp.get("/articles/<int:article_id>")\n',
            ),
        ),
    ),
    Mistake(
        "a menu entry to nowhere",
        "menus_lead_somewhere",
        "Name the endpoint",
        (
            replace(
                PLUGIN, '_("Knowledge base"), "knowledge_base.index"', '_("Knowledge base"), "knowledge_base.start"'
            ),
        ),
    ),
    Mistake(
        "importing the core past the toolkit",
        "imports_the_toolkit_only",
        "uses `from helpdesk_core.toolkit import ...` only",
        (append("queries.py", "\nfrom helpdesk_core.access.policy import visible\n"),),
    ),
    Mistake(
        "a service that commits",
        "services_leave_the_commit_to_their_caller",
        "Let the caller open",
        (append("services.py", "\n\ndef keep(session: Session) -> None:\n    session.commit()\n"),),
    ),
    Mistake(
        "a translated label compared",
        "labels_are_never_compared",
        "Compare the key (status_key)",
        (append("queries.py", "\n\ndef is_open(ticket: object) -> bool:\n    return ticket.status.label == 'Open'\n"),),
    ),
    Mistake(
        "a foreign key without ondelete",
        "foreign_keys_let_core_rows_go",
        "knowledge_base_article.ticket_id: would stop ticket.id from being deleted",
        (replace("models.py", 'ForeignKey("ticket.id", ondelete="SET NULL")', 'ForeignKey("ticket.id")'),),
    ),
    Mistake(
        "a model that no migration knows",
        "migrations_go_up_and_down",
        "helpdesk db revision --lineage knowledge_base",
        (
            replace(
                "models.py",
                "    @property\n    def newest_title",
                "    pinned: Mapped[bool] = mapped_column(default=False)\n\n    @property\n    def newest_title",
            ),
        ),
    ),
    Mistake(
        "a downgrade that forgets a table",
        "migrations_go_up_and_down",
        "downgrade",
        (replace(MIGRATION, '("vote", "word",', '("word",'),),
    ),
    Mistake(
        "a foreign key that stops the core, in the migration alone",
        "core_rows_go_while_it_is_off",
        'ondelete="CASCADE" or "SET NULL"',
        (replace(MIGRATION, 'ondelete="SET NULL"', 'ondelete="RESTRICT"'),),
    ),
    Mistake(
        "a purge that leaves rows",
        "purging_leaves_no_trace",
        "Remove in on_purge(ctx)",
        (
            replace(
                PLUGIN,
                "starting.lay_out(ctx.session)",
                "starting.lay_out(ctx.session)\n        ctx.session.execute(text(\"INSERT INTO tag (name) VALUES ('knowledge_base')\"))",
            ),
            replace(
                PLUGIN,
                "from sqlalchemy.orm import Session\n",
                "from sqlalchemy import text\nfrom sqlalchemy.orm import Session\n",
            ),
        ),
    ),
    Mistake(
        "a customer's slot with internal comments",
        "nothing_leaks",
        "Leave out what comes from comments with `internal`",
        (
            replace(
                PLUGIN, 'template=f"{slots}/portal_list.html")', 'template=f"{slots}/said.html", load=queries.said)'
            ),
            append(
                f"templates/{GOLDEN}/slots/said.html",
                "<ul>{% for text in texts %}<li>{{ text }}</li>{% endfor %}</ul>\n",
            ),
            append(
                "queries.py",
                """

                def said() -> dict[str, object]:
                    from helpdesk_core.toolkit import Comment, reading

                    with reading() as session:
                        return {"texts": session.scalars(select(Comment.body)).all()}
            """,
            ),
        ),
    ),
    Mistake(
        "a query per row in a tree",
        "pages_ask_equally_often",
        "Load the page's rows in one statement",
        (
            replace(
                "queries.py",
                "    children: dict[int | None, list[Row[Any]]] = {}\n",
                "    for row in rows:\n        session.scalar(select(func.count()).where(Article.section_id == row.id))\n    children: dict[int | None, list[Row[Any]]] = {}\n",
            ),
        ),
    ),
    Mistake(
        "a slot that breaks",
        "hooks_and_slots_do_not_fail",
        "It was left out of the page",
        (replace(SIDEBAR, "{{ articles|length }}", "{{ articles|length + unknown.number }}"),),
    ),
    Mistake(
        "|safe on a page",
        "templates_escape_what_people_wrote",
        "render_markdown(text)",
        (replace(ARTICLE, "{{ page.html }}", "{{ page.html|safe }}"),),
    ),
    Mistake(
        "a handler in the markup",
        "pages_have_no_inline_code",
        "Listen from a file",
        (replace(SIDEBAR, '<ul class="kb-suggested">', '<ul class="kb-suggested" onclick="go()">'),),
    ),
    Mistake(
        "a library from a CDN",
        "nothing_comes_from_elsewhere",
        "static/ folder",
        (append(ARTICLE, '<link rel="stylesheet" href="//cdn.example.test/a.css">\n'),),
    ),
    Mistake(
        "a heading that cannot be translated",
        "words_in_templates_are_marked",
        "{% trans %}Suggested articles",
        (replace(SIDEBAR, "{% trans %}Suggested articles{% endtrans %}", "Suggested articles"),),
    ),
    Mistake(
        "an undocumented setting",
        "everything_is_documented",
        "the setting wide",
        (
            replace(
                "settings.py",
                "    def __post_init__",
                '    wide: bool = setting(False, help="Whether pages are wide")\n\n    def __post_init__',
            ),
        ),
    ),
)

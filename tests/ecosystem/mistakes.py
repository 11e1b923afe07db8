"""Typical mistakes of plugin authors, each as an edit of a plugin that keeps every rule.

The plugin is the one that ``helpdesk plugins new site_visits`` writes. A mistake names the check that must find it and
the words of the message that say what to do.
"""

# ruff: noqa: E501  # an edit is the text as an author writes it
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

NAME = "site_visits"
PACKAGE = f"helpdesk_{NAME}"
PLUGIN = "plugin.py"
MIGRATION = f"migrations/versions/{NAME}_0001_first_tables.py"
SIDEBAR = f"templates/{NAME}/slots/ticket_sidebar.html"
INDEX = f"templates/{NAME}/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """In *file* of the package, replace *old* (the end, where it is empty) by *new*."""

    file: str
    new: str
    old: str = ""

    def apply(self, package: Path) -> None:
        """Change the file; raises ``AssertionError`` where *old* is not in it."""
        path = package / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert self.old in text, f"{self.file} holds no {self.old!r}"
        changed = text.replace(self.old, self.new) if self.old else f"{text}{self.new}"
        path.write_text(changed, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What an author did, the check that finds it, and what the message says to do."""

    name: str
    check: str
    says: str
    edits: tuple[Edit, ...]


def replace(file: str, old: str, new: str) -> Edit:
    """Another text in the place of *old*."""
    return Edit(file=file, old=old, new=new)


def append(file: str, code: str) -> Edit:
    """More at the end of a file, or a new file; a block that begins on a line of its own is taken to the margin."""
    return Edit(file=file, new=dedent(code) if code.startswith(("\n  ", "\n\n  ")) else code)


def method(code: str, *imports: str) -> tuple[Edit, ...]:
    """Another method of the plugin's class, which stands last in its file."""
    body = "".join(f"    {line}\n" if line else "\n" for line in dedent(code).strip().splitlines())
    names = "".join(f"from {line}\n" for line in imports)
    first = "from __future__ import annotations\n"
    return (replace(PLUGIN, first, f"{first}\n{names}"), Edit(file=PLUGIN, new=f"\n{body}"))


LOADS = "loads_alone_and_with_all"
MIGRATES = "migrations_go_up_and_down"

MISTAKES = (
    # --- loading ---
    Mistake(
        "a misspelt hook",
        LOADS,
        "did you mean helpdesk_ticket_created",
        method("@hookimpl\ndef helpdesk_ticket_creatd(self, ticket):\n    pass"),
    ),
    Mistake(
        "a hook without its mark",
        LOADS,
        "is not marked @hookimpl",
        method("def helpdesk_ticket_created(self, ticket):\n    pass"),
    ),
    Mistake(
        "a default in a hookimpl",
        LOADS,
        "has a default value; ask for it",
        method("@hookimpl\ndef helpdesk_ticket_created(self, ticket=None):\n    pass"),
    ),
    Mistake(
        "an argument that the hook does not have",
        LOADS,
        "colour",
        method("@hookimpl\ndef helpdesk_ticket_created(self, colour):\n    pass"),
    ),
    Mistake(
        "a wrong api range",
        LOADS,
        "is made for api >=2,<3, but this core offers",
        (replace("helpdesk-plugin.toml", ">=1.0,<2", ">=2,<3"),),
    ),
    Mistake(
        "a permission outside its namespace",
        LOADS,
        "must be named site_visits:<resource>:<action>",
        (replace("services.py", '"site_visits:note:write"', '"core:note:write"'),),
    ),
    Mistake(
        "an event outside its namespace",
        LOADS,
        "the name must be site_visits.<x>",
        (replace("services.py", '"site_visits.note_added"', '"ticket.note_added"'),),
    ),
    Mistake(
        "a blueprint outside its namespace",
        LOADS,
        "the url prefix must be /site_visits",
        (replace(PLUGIN, "views.make_blueprint())", 'views.make_blueprint(), url_prefix="/tickets/notes")'),),
    ),
    Mistake(
        "a menu entry asking for a right that nobody registered",
        LOADS,
        "permission 'site_visits:note:list' is not registered",
        (
            replace(
                PLUGIN,
                'endpoint="site_visits.index", permission=READ',
                'endpoint="site_visits.index", permission="site_visits:note:list"',
            ),
        ),
    ),
    Mistake(
        "a slot that does not exist",
        LOADS,
        "there is no slot 'ticket.sidbar'",
        (replace(PLUGIN, '"ticket.sidebar"', '"ticket.sidbar"'),),
    ),
    Mistake(
        "a table named like another plugin's",
        LOADS,
        "must begin with 'site_visits_'",
        (replace("models.py", '"site_visits_note"', '"equipment_note"'),),
    ),
    Mistake(
        "a setting of a type that cannot be stored",
        LOADS,
        "is not a type settings can have",
        (append("settings.py", '    limit: complex = setting(1j, help="The limit")\n'),),
    ),
    Mistake(
        "a manifest that promises too much",
        "the_manifest_tells_the_truth",
        "Take the word out",
        (replace("helpdesk-plugin.toml", '"tables"]', '"tables", "statuses"]'),),
    ),
    Mistake(
        "a manifest that conceals something",
        "the_manifest_tells_the_truth",
        "Add the word",
        (replace("helpdesk-plugin.toml", '"nav", ', ""),),
    ),
    Mistake(
        "a side effect at import",
        "importing_does_nothing",
        "in helpdesk_setup(app), in a service, or in a command",
        (append("services.py", "\nimport os\n\nos.environ['TZ'] = 'UTC'\n"),),
    ),
    Mistake(
        "a thread started at import",
        "importing_does_nothing",
        "starts a thread",
        (
            append(
                "services.py",
                "\nimport threading, time\n\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
            ),
        ),
    ),
    # --- doors and models ---
    Mistake(
        "importing the core past the toolkit",
        "imports_the_toolkit_only",
        "uses `from helpdesk_core.toolkit import ...` only",
        (append("services.py", "\nfrom helpdesk_core.db.session import db\n"),),
    ),
    Mistake(
        "a backref on Ticket",
        "leaves_core_models_alone",
        "Ask by the foreign key",
        (
            replace("models.py", "import PluginModel, UtcDateTime", "import PluginModel, Ticket, UtcDateTime"),
            append("models.py", '    ticket = relationship(Ticket, backref="notes")\n'),
        ),
    ),
    Mistake(
        "a listener on a core mapper",
        "leaves_core_models_alone",
        "Implement the hook that fits",
        (
            append(
                "services.py",
                """

            from sqlalchemy import event


            @event.listens_for(Ticket, "after_insert")
            def _noted(mapper, connection, ticket):
                pass
        """,
            ),
        ),
    ),
    Mistake(
        "an attribute put on Ticket",
        "leaves_core_models_alone",
        "Keep the value in a table of your own",
        (append("services.py", "\nTicket.note_count = 0\n"),),
    ),
    Mistake(
        "a table without an owner",
        "tables_have_an_owner",
        "PluginModel, plugin=",
        (
            append(
                "models.py",
                """

            from sqlalchemy.orm import DeclarativeBase


            class Loose(DeclarativeBase):
                pass


            class Extra(Loose):
                __tablename__ = "site_visits_extra"
                id: Mapped[int] = mapped_column(primary_key=True)
        """,
            ),
        ),
    ),
    Mistake(
        "a foreign key without ondelete",
        "foreign_keys_let_core_rows_go",
        'ondelete="CASCADE"',
        (replace("models.py", 'ForeignKey("ticket.id", ondelete="CASCADE")', 'ForeignKey("ticket.id")'),),
    ),
    Mistake(
        "a foreign key that empties a column that may not be empty",
        "foreign_keys_let_core_rows_go",
        "nullable column",
        (replace("models.py", 'ondelete="CASCADE"', 'ondelete="SET NULL"'),),
    ),
    Mistake(
        "a moment without a zone",
        "moments_have_a_zone",
        "mapped_column(UtcDateTime)",
        (
            replace("models.py", "mapped_column(UtcDateTime)", "mapped_column(DateTime)"),
            replace("models.py", "import ForeignKey,", "import DateTime, ForeignKey,"),
        ),
    ),
    # --- migrations ---
    Mistake(
        "an irreversible migration",
        "migrations_are_frozen_text",
        "Write downgrade()",
        (replace(MIGRATION, 'op.drop_table("site_visits_note")', "pass"),),
    ),
    Mistake(
        "an irreversible migration, run",
        MIGRATES,
        "Drop in downgrade() everything that upgrade() made",
        (replace(MIGRATION, 'op.drop_table("site_visits_note")', "pass"),),
    ),
    Mistake(
        "a migration that imports the models",
        "migrations_are_frozen_text",
        "Write tables and values out",
        (append(MIGRATION, "\n\nfrom helpdesk_site_visits.models import Note\n"),),
    ),
    Mistake(
        "a model that no migration knows",
        MIGRATES,
        "helpdesk db revision --lineage site_visits",
        (append("models.py", "    pinned: Mapped[bool] = mapped_column(default=False)\n"),),
    ),
    Mistake(
        "a downgrade that leaves an index",
        MIGRATES,
        "downgrade leaves the index ix_site_visits_subject",
        (
            replace(
                MIGRATION,
                "\n\ndef downgrade()",
                '\n    op.create_index("ix_site_visits_subject", "ticket", ["subject"])\n\n\ndef downgrade()',
            ),
        ),
    ),
    Mistake(
        "a migration that adds a column to the core",
        MIGRATES,
        "Leave the core's tables alone",
        (
            replace(
                MIGRATION,
                "\n\ndef downgrade()",
                '\n    op.add_column("ticket", sa.Column("site_visits_count", sa.Integer()))\n\n\ndef downgrade()',
            ),
        ),
    ),
    Mistake(
        "a migration that makes another's table",
        MIGRATES,
        "Name it site_visits_<x>",
        (
            replace(
                MIGRATION,
                "\n\ndef downgrade()",
                '\n    op.create_table("equipment_log", sa.Column("id", sa.Integer()))\n\n\ndef downgrade()',
            ),
            replace(
                MIGRATION,
                'op.drop_table("site_visits_note")',
                'op.drop_table("site_visits_note")\n    op.drop_table("equipment_log")',
            ),
        ),
    ),
    Mistake(
        "a migration whose foreign key stops the core",
        "core_rows_go_while_it_is_off",
        'ondelete="CASCADE" or "SET NULL"',
        (replace(MIGRATION, ', ondelete="CASCADE"', ""),),
    ),
    Mistake(
        "a purge that leaves rows",
        "purging_leaves_no_trace",
        "Remove in on_purge(ctx)",
        method(
            "def on_enable(self, ctx: PluginContext) -> None:\n"
            "    ctx.session.execute(text(\"INSERT INTO tag (name) VALUES ('site_visits')\"))",
            "sqlalchemy import text",
            "helpdesk_core.toolkit import PluginContext",
        ),
    ),
    # --- services and hooks ---
    Mistake(
        "a service that commits",
        "services_leave_the_commit_to_their_caller",
        "Let the caller open",
        (replace("services.py", "    session.flush()\n", "    session.commit()\n"),),
    ),
    Mistake(
        "a service that opens the unit of work",
        "services_leave_the_commit_to_their_caller",
        "Take `session` as the first",
        (
            append(
                "services.py",
                """

            from helpdesk_core.toolkit import unit_of_work


            def forget_all() -> None:
                with unit_of_work() as session:
                    session.query(Note).delete()
        """,
            ),
        ),
    ),
    Mistake(
        "a service that knows the request",
        "rooms_keep_to_their_work",
        "Take what is needed as an argument",
        (append("services.py", "\nfrom flask import request\n"),),
    ),
    Mistake(
        "a view that asks the database",
        "rooms_keep_to_their_work",
        "Put the question into the feature's queries.py",
        (
            replace(
                "views.py",
                "notes = queries.latest(session, actor=current_actor())",
                "notes = session.scalars(None).all()",
            ),
        ),
    ),
    Mistake(
        "a veto raised as ValueError",
        "refuses_in_the_contracts_words",
        "Raise Rejected(reason)",
        method(
            '@hookimpl\ndef helpdesk_before_ticket_delete(self, ticket):\n    raise ValueError("The visit is not over")'
        ),
    ),
    Mistake(
        "a hook that breaks the core's change",
        "pages_answer_by_right",
        "Raise Rejected or Invalid to refuse",
        method('@hookimpl\ndef helpdesk_comment_added(self, comment):\n    return comment.body["text"]'),
    ),
    Mistake(
        "an event that nobody declared",
        "pages_answer_by_right",
        "site_visits.seen",
        method(
            "@hookimpl\ndef helpdesk_ticket_created(self, session, ticket, actor):\n"
            '    record(session, "site_visits.seen", actor=actor, subject_kind="ticket", subject_id=ticket.id)',
            "helpdesk_core.toolkit import record",
        ),
    ),
    Mistake(
        "a contribution of a wrong type",
        "hooks_and_slots_do_not_fail",
        "Return what the hook's signature",
        method('@hookimpl\ndef helpdesk_find_related(self, ticket):\n    return [{"label": "A visit"}]'),
    ),
    Mistake(
        "a slot that breaks",
        "hooks_and_slots_do_not_fail",
        "It was left out of the page",
        (replace("queries.py", 'ticket["id"]', "ticket.id"),),
    ),
    # --- rights and leaks ---
    Mistake(
        "a route without a permission",
        "every_route_is_guarded",
        "@guarded(",
        (replace("views.py", "@guarded(READ)\n", ""),),
    ),
    Mistake(
        "a route that is public by carelessness",
        "every_route_is_guarded",
        "public_pages",
        (
            replace("views.py", "@guarded(READ)\n", "@public\n"),
            replace("views.py", "get_ticket, guarded,", "get_ticket, guarded, public,"),
        ),
    ),
    Mistake(
        "a right that nobody registered",
        "every_permission_is_registered",
        "helpdesk_register_permissions",
        (append("services.py", '\nDELETE: Final = "site_visits:note:delete"\n'),),
    ),
    Mistake(
        "a menu entry to nowhere",
        "menus_lead_somewhere",
        "Name the endpoint",
        (replace(PLUGIN, 'endpoint="site_visits.index"', 'endpoint="site_visits.start"'),),
    ),
    Mistake(
        "a menu entry for people who may not open it",
        "menus_lead_somewhere",
        'permission="site_visits:note:read"',
        (replace(PLUGIN, 'endpoint="site_visits.index", permission=READ', 'endpoint="site_visits.index"'),),
    ),
    Mistake(
        "a list that shows foreign tickets",
        "nothing_leaks",
        "narrow lists by visible(query, actor)",
        (replace("queries.py", "visible(query, actor).order_by", "query.order_by"),),
    ),
    Mistake(
        "a customer's slot with internal comments",
        "nothing_leaks",
        "Leave out what comes from comments with `internal`",
        (
            replace(
                PLUGIN,
                "load=queries.sidebar)]",
                'load=queries.sidebar), SlotFill(slot="portal.ticket", template="site_visits/slots/said.html", load=queries.said)]',
            ),
            append(
                "templates/site_visits/slots/said.html",
                "<ul>{% for text in texts %}<li>{{ text }}</li>{% endfor %}</ul>\n",
            ),
            append(
                "queries.py",
                """

                def said(ticket: Any) -> Mapping[str, object]:
                    from helpdesk_core.toolkit import Comment

                    number = ticket["id"] if isinstance(ticket, Mapping) else ticket.id
                    with reading() as session:
                        return {"texts": session.scalars(select(Comment.body).where(Comment.ticket_id == number)).all()}
            """,
            ),
        ),
    ),
    Mistake(
        "a post that needs no token",
        "changes_need_the_token",
        "Take the exemption away",
        method(
            '@hookimpl\ndef helpdesk_setup(self, app):\n    app.extensions["csrf"].exempt("helpdesk_site_visits.views.add_note")'
        ),
    ),
    Mistake(
        "a page that changes something when it is looked at",
        "looking_changes_nothing",
        "Let a form post it",
        (
            replace(
                "views.py",
                "    with reading() as session:\n",
                "    with unit_of_work() as session:\n        queries.mark(session)\n",
            ),
            append(
                "queries.py",
                """

            def mark(session: Session) -> None:
                session.execute(Note.__table__.update().values(text=Note.text + "."))
         """,
            ),
        ),
    ),
    # --- pages ---
    Mistake(
        "a query per row in a slot",
        "pages_ask_equally_often",
        "Load the page's rows in one statement",
        (
            replace("settings.py", "setting(5,", "setting(200,"),
            replace(
                "queries.py",
                "    return session.scalars(query).all()",
                "    return [session.scalars(select(Note).where(Note.id == note.id)).one() for note in session.scalars(query).all()]",
            ),
        ),
    ),
    Mistake(
        "a query per row in a list",
        "pages_ask_equally_often",
        "Load the page's rows in one statement",
        (
            replace(
                "queries.py",
                "return [(note, subject) for note, subject in",
                "return [(note, session.scalar(select(Ticket.subject).where(Ticket.id == note.ticket_id))) for note, _ in",
            ),
        ),
    ),
    Mistake(
        "a template outside its folder",
        "templates_stand_in_their_folder",
        "Move it to templates/site_visits/",
        (append("templates/core/tickets/card.html", "<p>{{ ticket }}</p>"),),
    ),
    Mistake(
        "a slot whose template is missing",
        "templates_stand_in_their_folder",
        "correct the name in the SlotFill",
        (replace(PLUGIN, "slots/ticket_sidebar.html", "slots/sidebar.html"),),
    ),
    Mistake(
        "a static folder that is not its own",
        "statics_stand_in_their_folder",
        'static_folder="static"',
        (
            replace(
                "views.py",
                'Blueprint("site_visits", __name__)',
                'Blueprint("site_visits", __name__, static_folder="..")',
            ),
        ),
    ),
    Mistake(
        "an asset that is not there",
        "statics_stand_in_their_folder",
        "Add the file",
        method(
            '@hookimpl\ndef helpdesk_register_assets(self):\n    return [Asset(filename="visits.js")]',
            "helpdesk_core.toolkit import Asset",
        ),
    ),
    Mistake(
        "a library from a CDN",
        "nothing_comes_from_elsewhere",
        "static/ folder",
        (append(INDEX, '<script src="https://cdn.example.test/chart.js"></script>\n'),),
    ),
    Mistake(
        "a stylesheet that knows left from right",
        "stylesheets_know_no_left_and_right",
        "margin-inline-start",
        (append("static/visits.css", ".visit { margin-left: 1rem }\n"),),
    ),
    Mistake(
        "an inline script",
        "pages_have_no_inline_code",
        "pass values in data- attributes",
        (append(SIDEBAR, "<script>alert(1)</script>\n"),),
    ),
    Mistake(
        "|safe on what people wrote",
        "templates_escape_what_people_wrote",
        "render_markdown(text)",
        (replace(SIDEBAR, "{{ note.text }}", "{{ note.text|safe }}"),),
    ),
    Mistake(
        "HTML made in Python",
        "html_is_made_by_templates",
        "let the template escape it",
        (
            append(
                "queries.py",
                "\n\ndef bold(note: Note) -> object:\n    from markupsafe import Markup\n\n    return Markup(f'<b>{note.text}</b>')\n",
            ),
        ),
    ),
    Mistake(
        "a form without the token",
        "forms_carry_the_token",
        "csrf_token()",
        (replace(SIDEBAR, '    <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n', ""),),
    ),
    # --- words ---
    Mistake(
        "a word in a template that cannot be translated",
        "words_in_templates_are_marked",
        "{% trans %}Latest{% endtrans %}",
        (append(SIDEBAR, "<p>Latest</p>\n"),),
    ),
    Mistake(
        "a label that cannot be translated",
        "words_in_python_are_marked",
        "with the plugin's gettext",
        (replace(PLUGIN, 'label=_("Site visits")', 'label="Site visits"'),),
    ),
    Mistake(
        "a refusal that cannot be translated",
        "words_in_python_are_marked",
        "_('Note the visit first')",
        method(
            '@hookimpl\ndef helpdesk_before_ticket_delete(self, ticket):\n    raise Rejected("Note the visit first")',
            "helpdesk_core.toolkit import Rejected",
        ),
    ),
    Mistake(
        "a translated label compared",
        "labels_are_never_compared",
        "Compare the key (status_key)",
        (append("services.py", '\n\ndef is_open(status: object) -> bool:\n    return status.label == _("Open")\n'),),
    ),
    Mistake(
        "a label compared in a template",
        "templates_compare_no_label",
        "Compare the key",
        (append(SIDEBAR, '{% if ticket.status.label == "Open" %}<hr>{% endif %}\n'),),
    ),
    Mistake(
        "a catalog with gaps",
        "catalogs_are_complete",
        "Run pybabel extract and pybabel update",
        (
            append(
                "translations/ms/LC_MESSAGES/site_visits.po",
                'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Add"\nmsgstr "Tambah"\n',
            ),
        ),
    ),
    Mistake(
        "a translation with a place that is never filled",
        "catalogs_are_complete",
        "a place that is never filled",
        (
            append(
                "translations/ms/LC_MESSAGES/site_visits.po",
                'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Add"\nmsgstr "Tambah %(name)s"\n',
            ),
        ),
    ),
    # --- settings and documents ---
    Mistake(
        "a secret kept in clear",
        "settings_say_what_they_are_for",
        "Secret = setting(Secret()",
        (append("settings.py", '    api_token: str = setting("", help="The token of the map service")\n'),),
    ),
    Mistake(
        "a setting without a word about it",
        "settings_say_what_they_are_for",
        'help="..."',
        (append("settings.py", "    wide: bool = False\n"),),
    ),
    Mistake(
        "an undocumented hook",
        "everything_is_documented",
        "the hook helpdesk_find_related",
        method("@hookimpl\ndef helpdesk_find_related(self, ticket):\n    return []"),
    ),
    Mistake(
        "an undocumented setting",
        "everything_is_documented",
        "the setting wide",
        (append("settings.py", '    wide: bool = setting(False, help="Whether the notes take two columns")\n'),),
    ),
)

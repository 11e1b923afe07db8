"""What authors get wrong in loading, models, migrations, services and hooks."""

# an edit is the text as an author writes it
from __future__ import annotations

from tests.ecosystem.editing import MIGRATION, PLUGIN, Mistake, append, method, replace

LOADS = "loads_alone_and_with_all"
MIGRATES = "migrations_go_up_and_down"

IN_CODE = (
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
        "an on_enable that always refuses",
        "pages_answer_by_right",
        "Mend on_enable",
        method(
            'def on_enable(self, ctx: PluginContext) -> None:\n    raise Rejected(_("No map service is set"))',
            "helpdesk_core.toolkit import PluginContext, Rejected",
        ),
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
)

"""What authors get wrong in rights, pages, words, settings and documents."""

# ruff: noqa: E501  # an edit is the text as an author writes it
from __future__ import annotations

from tests.ecosystem.editing import INDEX, PLUGIN, SIDEBAR, Mistake, append, method, replace

ON_PAGES = (
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
        (replace(SIDEBAR, '      <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n', ""),),
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

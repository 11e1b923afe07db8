"""The source tree keeps its small rules, and each rule finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.architecture import source_rules as rules
from tests.architecture.source_rules import CORE, ROOT, Finding, Rule, Source, sources

CORE_RULES: tuple[Rule, ...] = (
    rules.only_the_session_module_commits,
    rules.services_know_no_request,
    rules.views_hold_no_query,
    rules.the_core_never_imports_the_toolkit,
    rules.the_contract_is_the_floor,
    rules.names_are_domain_words,
    rules.labels_are_never_compared,
)
PLUGIN_RULES: tuple[Rule, ...] = (
    rules.only_the_session_module_commits,
    rules.services_know_no_request,
    rules.views_hold_no_query,
    rules.plugins_use_the_toolkit_only,
    rules.names_are_domain_words,
    rules.labels_are_never_compared,
)

# A module longer than this is hard to find one's way in. Whoever needs a longer one says why, here.
LONG_MODULES: dict[str, str] = {
    "helpdesk_core/migrations/versions/core_0001_first_tables.py": "every first table, one after the other, and back",
    "helpdesk_core/contract/specs.py": "all that a plugin may register, side by side",
}


def failures(rule: Rule, found: list[Source]) -> str:
    return "\n".join(str(finding) for source in found for finding in rule(source))


def name_of(rule: Callable[..., object]) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", CORE_RULES, ids=name_of)
def test_the_core_keeps_the_rule(rule: Rule) -> None:
    found = sources(CORE, ".py")
    assert found
    broken = failures(rule, found)
    assert not broken, f"{rule.__doc__}\n{broken}"


@pytest.mark.parametrize("rule", PLUGIN_RULES, ids=name_of)
def test_every_plugin_keeps_the_rule(rule: Rule) -> None:
    broken = failures(rule, sources(ROOT / "plugins", ".py"))
    assert not broken, f"{rule.__doc__}\n{broken}"


@pytest.mark.parametrize("folder", ["helpdesk_core", "plugins"])
def test_templates_have_no_inline_style_script_or_handler(folder: str) -> None:
    broken = failures(rules.templates_have_no_inline_code, sources(ROOT / folder, ".html"))
    assert not broken, broken


@pytest.mark.parametrize("folder", ["helpdesk_core", "plugins"])
def test_templates_compare_no_label(folder: str) -> None:
    broken = failures(rules.templates_compare_no_label, sources(ROOT / folder, ".html"))
    assert not broken, broken


@pytest.mark.parametrize("folder", ["helpdesk_core", "plugins"])
def test_our_stylesheets_use_logical_properties_only(folder: str) -> None:
    broken = failures(rules.stylesheets_know_no_left_and_right, sources(ROOT / folder, ".css"))
    assert not broken, broken


def test_modules_are_read_in_one_sitting() -> None:
    lengths = {
        source.path: source.text.count("\n")
        for folder in ("helpdesk_core", "plugins", "_build", "tests", "bench")
        for source in sources(ROOT / folder, ".py")
    }
    too_long = {path: lines for path, lines in lengths.items() if lines > rules.LONGEST_MODULE}
    unexplained = [f"{path}: {lines} lines" for path, lines in too_long.items() if path not in LONG_MODULES]
    assert not unexplained, (
        f"Modules over {rules.LONGEST_MODULE} lines. Split each by subject into modules with names of their own, or, "
        "where one subject needs the room, add it to LONG_MODULES with the reason:\n" + "\n".join(unexplained)
    )
    settled = sorted(set(LONG_MODULES) - set(too_long))
    assert not settled, f"No longer long, remove from LONG_MODULES: {settled}"


# --- the rules themselves ---------------------------------------------------------------------------


def lines(rule: Rule, path: str, text: str) -> list[int]:
    findings: list[Finding] = list(rule(Source(path=path, text=text)))
    assert all(finding.path == path for finding in findings)
    return [finding.line for finding in findings]


@pytest.mark.parametrize(
    ("rule", "path", "text", "expected"),
    [
        (rules.only_the_session_module_commits, "helpdesk_core/tickets/services.py", "x = 1\nsession.commit()\n", [2]),
        (rules.only_the_session_module_commits, "helpdesk_core/db/session.py", "session.commit()\n", []),
        (rules.only_the_session_module_commits, "helpdesk_core/tickets/services.py", "session.flush()\n", []),
        (rules.services_know_no_request, "helpdesk_core/tickets/services.py", "from flask import g, request\n", [1, 1]),
        (rules.services_know_no_request, "helpdesk_core/tickets/services/replies.py", "from flask import g\n", [1]),
        (rules.services_know_no_request, "helpdesk_core/tickets/queries.py", "import flask\nflask.request.args\n", [2]),
        (rules.services_know_no_request, "helpdesk_core/tickets/views.py", "from flask import g, request\n", []),
        (rules.views_hold_no_query, "helpdesk_core/tickets/views.py", "rows = s.scalars(select(T))\n", [1, 1]),
        (rules.views_hold_no_query, "helpdesk_core/tickets/queries.py", "rows = s.scalars(select(T))\n", []),
        (rules.the_core_never_imports_the_toolkit, "helpdesk_core/app.py", "from helpdesk_core import toolkit\n", [1]),
        (
            rules.the_core_never_imports_the_toolkit,
            "helpdesk_core/app.py",
            "def f():\n    import helpdesk_core.toolkit\n",
            [2],
        ),
        (
            rules.the_contract_is_the_floor,
            "helpdesk_core/contract/specs.py",
            "from helpdesk_core.db import base\n",
            [1],
        ),
        (
            rules.the_contract_is_the_floor,
            "helpdesk_core/contract/hooks/tickets.py",
            "from helpdesk_core.contract.actor import Actor\nif TYPE_CHECKING:\n    from helpdesk_core.db import x\n",
            [],
        ),
        (rules.plugins_use_the_toolkit_only, "plugins/a/b/views.py", "from helpdesk_core.db import session\n", [1]),
        (rules.plugins_use_the_toolkit_only, "plugins/a/b/views.py", "from helpdesk_core.toolkit import can\n", []),
        (rules.plugins_use_the_toolkit_only, "plugins/a/b/views.py", "from helpdesk_core.testing import x\n", [1]),
        (rules.plugins_use_the_toolkit_only, "plugins/a/tests/test_a.py", "import helpdesk_core.testing\n", []),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'if status.label == "Done":\n    x = 1\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = name in ("Open", "Else")\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'if term("status", key) in wanted:\n    x = 1\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = y != str(_("Done")).lower()\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = {_("Done"): 1, "b": _("Open")}\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = counts[term("status", key)]\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = counts.get(gettext("Done"), 0)\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = _("Done").startswith("D")\n', [1]),
        (
            rules.labels_are_never_compared,
            "helpdesk_core/a.py",
            'def f():\n    said = term("status", key)\n    return lambda: said == "x"\n',
            [3],
        ),
        (
            rules.labels_are_never_compared,
            "helpdesk_core/a.py",
            'match status.label:\n    case "Done":\n        x = 1\n',
            [1],
        ),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = {"done": _("Done")}[key] + _("Open")\n', []),
        (
            rules.labels_are_never_compared,
            "helpdesk_core/a.py",
            'x = status.key == "open" or one.label == two.label\n',
            [],
        ),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = term("status", key) == word\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'if str(_("Open")).lower() in words:\n    pass\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = word in (_("Yes"), _("No"))\n', [1]),
        (rules.labels_are_never_compared, "helpdesk_core/a.py", 'x = found(_("Yes")) == 3\n', []),
        (rules.names_are_domain_words, "helpdesk_core/tickets/utils.py", "", [1]),
        (rules.names_are_domain_words, "helpdesk_core/tickets/numbering.py", "", []),
    ],
)
def test_a_rule_for_python_finds_what_breaks_it(rule: Rule, path: str, text: str, expected: list[int]) -> None:
    assert lines(rule, path, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<p\n  class="a" style="color: red">x</p>', [1]),
        ('{# <p style="x"> #}\n<p class="style">style=1</p>', []),
        ("\n<style>p {}</style>", [2]),
        ("<script>alert(1)</script>", [1]),
        ('<script src="/static/core/a.js" defer></script>', []),
        ('<script type="application/json" id="rows">[]</script>', []),
        ("<button {% if a > b %}disabled{% endif %} onclick=\"go('x')\">", [1]),
        ('<a href="javascript:void(0)">', [1]),
        ('<form hx-on:htmx:after-request="this.reset()">', [1]),
        ('<option value="on" data-content="ones">', []),
        ('{% call x("<b>") %}{% endcall %}<p title="a > b" class="c">', []),
    ],
)
def test_inline_code_in_a_template_is_found(text: str, expected: list[int]) -> None:
    path = "helpdesk_core/templates/core/tickets/show.html"
    assert lines(rules.templates_have_no_inline_code, path, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{% if ticket.status.label == "Done" %}', [1]),
        ("\n{% if name != 'Resolved' %}", [2]),
        ('{% if term("status", status.key) == word %}', [1]),
        ("{% if word == _('Yes') %}{% elif noun('ticket') in words %}", [1, 1]),
        ('{{ _("Yes") if row.on else _("No") }}{% if row.key in keys %}{{ term("a", "b") }}{% endif %}', []),
        ('{% if ticket.status.category == "closed" %}{{ status.label }}', []),
    ],
)
def test_a_compared_label_in_a_template_is_found(text: str, expected: list[int]) -> None:
    assert lines(rules.templates_compare_no_label, "helpdesk_core/templates/core/a.html", text) == expected


def test_mail_templates_may_have_inline_styles() -> None:
    path = "helpdesk_core/templates/core/mail/reset.html"
    assert lines(rules.templates_have_no_inline_code, path, '<p style="margin: 0">') == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {\n  margin-left: 1px;\n}", [2]),
        ("a { padding-inline-start: 1px; inset-inline-end: 0; text-align: end }", []),
        ("a { left: 0; }", [1]),
        ("a { float:right }", [1]),
        ("a { border-top-left-radius: 1px; border-right-color: red }", [1, 1]),
        ("/* left: 0 */ a { --left: 0; background-position-x: right; transform: none }", []),
    ],
)
def test_a_physical_direction_in_a_stylesheet_is_found(text: str, expected: list[int]) -> None:
    assert lines(rules.stylesheets_know_no_left_and_right, "helpdesk_core/static/core/a.css", text) == expected

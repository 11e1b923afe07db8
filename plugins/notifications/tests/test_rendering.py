"""Templates that people type: they say what they should, and reach nothing (T-37, T-38)."""

from __future__ import annotations

import re
import time

import pytest
from flask import Flask

from helpdesk_core.toolkit import LANGUAGES, Invalid
from helpdesk_notifications.kinds import DEFAULTS
from helpdesk_notifications.rendering import ROOTS, check, draw_html, draw_text
from helpdesk_notifications.wording import SPOKEN, built_in, phrase

pytestmark = pytest.mark.helpdesk(plugins=["notifications"])

VALUES = {root: {name: f"{root} {name}" for name in names} for root, names in ROOTS.items()}
ATTACKS = (
    "{{ ''.__class__.__mro__ }}",
    "{{ ticket.__class__ }}",
    "{{ ticket['__class__'] }}",
    "{{ ticket|attr('__class__') }}",
    "{{ config.SECRET_KEY }}",
    "{{ self }}",
    "{{ request.environ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'core/base.html' %}",
    "{{ range(10) }}",
    "{% for i in range(10**9) %}x{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ ticket.subject|center(1000000000) }}",
    "{{ ticket.subject|indent(1000000000) }}",
    "{{ 10**10**10 }}",
    "{{ 'a' ~ 'b' }}",
    "{% set x = 1 %}",
    "{% macro x() %}{{ x() }}{% endmacro %}{{ x() }}",
    "{% block a %}{% endblock %}",
    "{{ ticket.subject.format(1) }}",
    "{{ ticket.subject",
    "{% if %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{% if ticket.subject %}" * 200 + "{% endif %}" * 200,
)


@pytest.mark.parametrize("source", ATTACKS)
def test_a_template_reaches_nothing_and_ends_soon(app: Flask, source: str) -> None:
    """T-37, T-38: it is refused with its line, not with a stack."""
    began = time.monotonic()
    with app.test_request_context(), pytest.raises(Invalid) as refusal:
        check(source, "body")
    assert time.monotonic() - began < 2
    (message,) = refusal.value.errors["body"]
    assert message.startswith("Line 1")
    assert "Traceback" not in message


@pytest.mark.parametrize(
    "typed",
    ["{{ 7*7 }}", "{% for i in range(10**9) %}", "**bold** [link](javascript:alert(1))", "<script>alert(1)</script>",
     "# head\n\n* list", "zq0x0qz", "&amp; \x00"],
)  # fmt: skip
def test_what_a_customer_typed_comes_out_as_it_is(app: Flask, typed: str) -> None:
    """T-37."""
    values = VALUES | {"ticket": {**VALUES["ticket"], "subject": typed}}
    with app.test_request_context():
        assert draw_text("Subject: {{ ticket.subject }}", values) == f"Subject: {typed}"
        html = draw_html("**Subject:** {{ ticket.subject }} [x]({{ ticket.subject }})", values)
    assert "<script" not in html
    assert "javascript:" not in html.replace(typed, "") or 'href="javascript' not in html
    assert 'href="javascript' not in html
    assert "<strong>Subject:</strong>" in html
    assert "<li>" not in html


def test_a_long_text_is_drawn_as_the_pages_draw_it(app: Flask) -> None:
    values = VALUES | {"comment": {"author": "Ada <b>", "text": "**Turn** it over\n\n<script>x</script>"}}
    with app.test_request_context():
        html = draw_html(
            "{{ comment.author }} wrote:\n\n{{ comment.text }}\n\n[Open]({{ ticket.url }})",
            {**values, "ticket": {**VALUES["ticket"], "url": "https://desk.test/tickets/1?a=1&b=2"}},
        )
    assert "Ada &lt;b&gt; wrote:" in html
    assert "<blockquote><p><strong>Turn</strong> it over</p>" in html
    assert "<script>" not in html
    assert 'href="https://desk.test/tickets/1?a=1&amp;b=2"' in html


def test_conditions_and_filters_work(app: Flask) -> None:
    source = "{% if ticket.company and not comment.text == '' %}{{ ticket.company|upper }}{% else %}–{% endif %}"
    with app.test_request_context():
        check(source, "body")
        assert draw_text(source, VALUES) == "TICKET COMPANY"


def test_a_page_long_template_is_too_long(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(Invalid):
        check("a" * 20_001, "body")


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_every_language_says_every_notice(app: Flask, language: str) -> None:
    """UR-27: with the words of the ticket that the English text has, and with nothing left over in braces."""
    assert language in SPOKEN
    for kind, audience in DEFAULTS:
        words, english = built_in(kind, audience, language), built_in(kind, audience, "en")
        assert _named(words.body) == _named(english.body), (kind, audience)
        assert _named(words.subject) == _named(english.subject), (kind, audience)
        assert "{" not in draw_text(words.subject + words.body, VALUES)
        assert (words == english) == (language == "en"), (kind, audience)
    assert phrase("digest_subject", language).format(count=7).count("7") == 1
    assert _named(phrase("footer", language)) == _named(phrase("footer", "en"))


def _named(text: str) -> set[str]:
    return set(re.findall(r"\w+\.\w+", text))

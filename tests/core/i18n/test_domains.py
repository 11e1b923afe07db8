"""A plugin's templates speak the plugin's catalog first; the core's words stay the core's."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template
from flask_babel import force_locale
from jinja2 import DictLoader

from helpdesk_core.i18n.domains import DomainEnvironment, add_domains
from helpdesk_core.i18n.locale import init_babel

pytestmark = pytest.mark.wording

TEMPLATES = {
    "visits/page.html": "{% extends 'core/frame.html' %}{% import 'visits/macros.html' as visits %}"
    "{% block page %}{% trans %}Save{% endtrans %}|{{ _('Cancel') }}|{{ visits.count(2) }}|"
    "{% trans name='<b>' %}Visit of {{ name }}{% endtrans %}{% endblock %}",
    "visits/macros.html": "{% macro count(n) %}{{ ngettext('%(num)d visit', '%(num)d visits', n) }}{% endmacro %}",
    "core/frame.html": "{{ _('Save') }}|{% block page %}{% endblock %}",
}


@pytest.fixture
def speaking(tmp_path: Path) -> Flask:
    catalog = Catalog(locale="ms")
    catalog.add("Save", "Simpan lawatan")
    catalog.add(("%(num)d visit", "%(num)d visits"), ("%(num)d lawatan", "%(num)d lawatan"))
    catalog.add("Visit of %(name)s", "Lawatan %(name)s")
    folder = tmp_path / "translations" / "ms" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "visits.mo").open("wb") as file:
        write_mo(file, catalog)
    app = Flask("helpdesk_core")
    app.jinja_environment = DomainEnvironment
    app.jinja_loader = DictLoader(TEMPLATES)
    init_babel(app)
    add_domains(app, {"visits": tmp_path / "translations"})
    return app


def test_each_template_speaks_its_own_catalog(speaking: Flask) -> None:
    with speaking.test_request_context(), force_locale("ms"):
        said = render_template("visits/page.html").split("|")
    assert said == ["Simpan", "Simpan lawatan", "Batal", "2 lawatan", "Lawatan &lt;b&gt;"]


def test_without_a_translation_the_words_stay_as_they_were_written(speaking: Flask) -> None:
    with speaking.test_request_context(), force_locale("en"):
        said = render_template("visits/page.html").split("|")
    assert said == ["Save", "Save", "Cancel", "2 visits", "Visit of &lt;b&gt;"]

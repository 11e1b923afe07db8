"""What ``helpdesk check`` learns about plugins."""

import pytest
from flask import Flask
from structlog.testing import capture_logs

from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Manifest, Plugin
from helpdesk_core.contract.specs import Health, HealthFinding
from helpdesk_core.plugins.health import plugin_findings
from helpdesk_core.plugins.manager import load_plugins


class Well(Plugin):
    """Says that it is well."""

    name = "well"

    @hookimpl
    def helpdesk_check_health(self, app: Flask) -> list[HealthFinding]:
        return [HealthFinding(key="well.queue", status=Health.OK, message=app.name)]


class Ill(Plugin):
    """Fails when it is asked."""

    name = "ill"

    @hookimpl
    def helpdesk_check_health(self) -> list[HealthFinding]:
        raise SystemExit(1)


class Kept(Plugin):
    """Is made for another core."""

    name = "kept"
    manifest = Manifest(name="kept", summary="made", api=">=9")


@pytest.fixture
def app() -> Flask:
    return Flask("bare")


def test_each_plugin_is_asked_and_those_kept_out_are_named(app: Flask) -> None:
    with capture_logs():
        load_plugins(app, plugins=[Well, Ill, Kept], strict=False)
        with app.app_context():
            found = {one.key: (one.status, one.message) for one in plugin_findings(app)}
    assert found["well.queue"] == (Health.OK, "bare")
    assert found["plugins.ill"] == (Health.FAILED, "plugin ill failed in helpdesk_check_health")
    assert found["plugins.kept"] == (Health.FAILED, "plugin kept: is made for api >=9, but this core offers 1.0")

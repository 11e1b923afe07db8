"""Hooks about the application itself."""

from flask import Flask

from helpdesk_core.contract.markers import contribute, register
from helpdesk_core.contract.specs import HealthFinding


@register()
def helpdesk_setup(app: Flask) -> None:
    """Prepare the plugin for *app*, once, before the first request.

    Called by ``plugins.manager.start_plugins`` after every registration was validated and frozen. Raising takes the
    plugin and its dependents out of this app (production) or stops the start (tests). Open no connection and read no
    table here: the database may not be migrated yet.

    .. versionadded:: 1.0
    """


@contribute(HealthFinding)
def helpdesk_check_health(app: Flask) -> list[HealthFinding]:
    """Report how the plugin's own parts feel.

    Called by ``helpdesk check``. An error here is shown as a failed finding of this plugin; the others are still asked.

    .. versionadded:: 1.0
    """
    raise NotImplementedError

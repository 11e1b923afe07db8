"""How the plugins of an app feel, for ``helpdesk check``."""

from flask import Flask

from helpdesk_core.contract.errors import HelpdeskError
from helpdesk_core.contract.specs import Health, HealthFinding
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.plugins.isolation import discard_writes


def plugin_findings(app: Flask) -> list[HealthFinding]:
    """Return a finding for each plugin that was kept out, and what the loaded ones say about themselves.

    A plugin that fails while it is asked is itself a failed finding. Needs an app context.
    """
    runtime = current_runtime()
    findings = [
        HealthFinding(key=f"plugins.{name}", status=Health.FAILED, message=str(error))
        for name, error in sorted(runtime.quarantined.items())
    ]
    call = runtime.hooks.helpdesk_check_health
    for name in call.plugins:
        try:
            with discard_writes():
                findings.extend(found.value for found in call.of_plugin(name, app=app))
        except HelpdeskError as error:
            findings.append(HealthFinding(key=f"plugins.{name}", status=Health.FAILED, message=str(error)))
    return findings

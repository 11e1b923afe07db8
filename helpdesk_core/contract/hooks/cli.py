"""Hooks about the command line."""

from helpdesk_core.contract.markers import register
from helpdesk_core.contract.specs import CliGroup


@register(CliGroup)
def helpdesk_register_cli() -> list[CliGroup]:
    """Bring commands as ``helpdesk <plugin> ...``.

    Called once at start. The group carries the plugin's name; its commands run inside an app context.

    .. versionadded:: 1.0
    """
    raise NotImplementedError

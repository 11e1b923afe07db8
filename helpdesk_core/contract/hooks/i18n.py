"""Hooks about words."""

from helpdesk_core.contract.markers import register
from helpdesk_core.contract.specs import Term


@register(Term)
def helpdesk_register_terms() -> list[Term]:
    """Name words that a site may rename.

    Called once at start. The context begins with the plugin's name (``<plugin>`` or ``<plugin>.<x>``); services and
    templates show the word with ``term(context, key)``, which knows the text from here.

    .. versionadded:: 1.0
    """
    raise NotImplementedError

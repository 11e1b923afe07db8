"""What templates call to speak: ``gettext`` and its three sisters, in the newstyle that fills and escapes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from babel.support import NullTranslations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from helpdesk_core.i18n.layers import Layered, ask

CALLS: Final = ("gettext", "ngettext", "pgettext", "npgettext")
_NOTHING: Final = NullTranslations()


class Speaking(Protocol):
    """A catalog with the site's own words over it."""

    def get_translations(self) -> Layered:
        """The words of the current language."""


def speak_in_templates(environment: Any, chain: Sequence[Speaking]) -> None:
    """Let the templates of *environment* say the words of the first of *chain* that has them."""
    environment.newstyle_gettext = True
    environment.globals.update(calls_of(chain))


def calls_of(chain: Sequence[Speaking]) -> Mapping[str, Callable[..., str]]:
    """The four calls by their names."""

    @pass_context
    def gettext(__context: Context, __text: str, **variables: Any) -> str:
        return _say(chain, __context, "", __text, None, None, variables)

    @pass_context
    def ngettext(__context: Context, __one: str, __many: str, __number: int, **variables: Any) -> str:
        variables.setdefault("num", __number)
        return _say(chain, __context, "", __one, __many, __number, variables)

    @pass_context
    def pgettext(__context: Context, __where: str, __text: str, **variables: Any) -> str:
        variables.setdefault("context", __where)
        return _say(chain, __context, __where, __text, None, None, variables)

    @pass_context
    def npgettext(__context: Context, __where: str, __one: str, __many: str, __number: int, **variables: Any) -> str:
        variables.setdefault("context", __where)
        variables.setdefault("num", __number)
        return _say(chain, __context, __where, __one, __many, __number, variables)

    return {"gettext": gettext, "ngettext": ngettext, "pgettext": pgettext, "npgettext": npgettext}


def _say(
    chain: Sequence[Speaking],
    drawing: Context,
    context: str,
    one: str,
    many: str | None,
    number: int | None,
    variables: Mapping[str, Any],
) -> str:
    """The word of the first catalog that has it, filled; the site's own where it has one, escaped (T-02)."""
    escaping = drawing.eval_ctx.autoescape
    text = one if many is None or number == 1 else many
    for words in chain:
        here = words.get_translations()
        said = here.find(context, one)
        if said is not None:
            try:
                filled: str = here.form(said.pages if escaping else said.formats, number) % variables
            except (KeyError, TypeError, ValueError):
                pass  # an edit must not break the page: the catalog's own word follows
            else:
                return filled
        text = ask(here.packaged, context, one, many, number)
        if len(chain) > 1 and text != ask(_NOTHING, context, one, many, number):
            break
    # Catalogs come with the program and may hold markup; without values, too, a text is a format.
    return (Markup(text) if escaping else text) % variables  # noqa: S704

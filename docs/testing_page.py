"""The reference of the kit for authors: its fixtures, what is imported from it, and the rules of the suite."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from helpdesk_core import testing
from helpdesk_core.testing import fixtures
from helpdesk_core.testing.conformance import suite

Table = Callable[..., str]

_BEGINNING = """# Testing a plugin

The fixtures are there wherever `helpdesk-core[testing]` is installed; everything else is imported with
`from helpdesk_core.testing import ...`. Rows are committed for real, on a file, or on the server that
`HELPDESK_TEST_DATABASE_URL` names. `@pytest.mark.helpdesk(plugins=["warranty"], config={...}, preset="lead_desk")` on
a test, class or module says what its `app` is made of; `with desk_of("request_flow") as (app, desk):` opens a desk by
its preset.

## A desk in which everything is called otherwise

Sites rename statuses and every other word. `HELPDESK_TEST_RENAMED=1 pytest` runs your tests in desks in which every
word of every language, English too, was replaced by random letters: both directions, marks that combine, emoji,
quotes, what looks like markup, names of 200 letters, and every second status called like the one before it. Places
such as `%(name)s` and forms of number are kept. What fails depends on a label or draws one unescaped. Tests that
assert what a text says carry `@pytest.mark.wording` and are left out then; tests had better find things by their
keys, addresses and `data-` attributes. The head of the run says the seed, and `HELPDESK_TEST_RENAMED_SEED` sets it.
For single tests there is `@pytest.mark.helpdesk(words="renamed")`; with `words="pseudo"` every text stands between
`⟦` and `⟧` with accents and is two fifths longer: what stands outside of the marks is not translated, what is cut
off has no room.

"""
_SUITE = """
## The conformance suite

```python
from helpdesk_core.testing import Conformance


class TestConformance(Conformance):
    plugin = "warranty"
```

Three lines inherit the rules below. The suite invents rows for the plugin's tables from their columns; where the rows
must obey rules of their own, the class gets a method `fill(self, session, tickets, count)`. Pages that are meant to be
open to the whole world stand in `public_pages`. Each message says where the fault is, what is wrong and what to do
instead.

"""


def testing_page(table: Table) -> str:
    """The page's text; *table* writes a table of a heading and rows."""
    names = [(f"`{name}`", _about(getattr(testing, name))) for name in testing.__all__ if not _is_alias(name)]
    rules = [(f"`{check.__name__}`", _about(check)) for check in suite.CHECKS]
    return (
        _BEGINNING
        + "## Fixtures\n\n"
        + table(("fixture", "meaning"), list(_fixtures()))
        + "\n## Names\n\n"
        + table(("name", "meaning"), names)
        + _SUITE
        + table(("rule", "meaning"), rules)
    )


def _fixtures() -> Iterator[tuple[str, str]]:
    for name, thing in sorted(vars(fixtures).items()):
        if type(thing).__name__ == "FixtureFunctionDefinition" and name != "helpdesk_sites":
            yield f"`{name}`", _about(thing)


def _is_alias(name: str) -> bool:
    """Types of callables say nothing of their own: their fixtures are described."""
    return not (inspect.isfunction(getattr(testing, name)) or isinstance(getattr(testing, name), type))


def _about(thing: object) -> str:
    first = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(first.replace("``", "`").removesuffix("::").split())

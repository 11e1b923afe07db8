"""The conformance suite: what every plugin keeps, checked in three lines of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

import pytest
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import HelpdeskError, PluginError, PluginFailed
from helpdesk_core.testing.conformance import (
    living,
    loading,
    migrating,
    page_rules,
    python_rules,
    serving,
    tables,
    words,
)
from helpdesk_core.testing.conformance.filling import CannotFill, fill_tables
from helpdesk_core.testing.conformance.finding import Check
from helpdesk_core.testing.conformance.stage import Stage

#: Checks that read files and run nothing.
READING: Final[tuple[Check, ...]] = (
    python_rules.imports_the_toolkit_only,
    python_rules.leaves_core_models_alone,
    python_rules.services_leave_the_commit_to_their_caller,
    python_rules.rooms_keep_to_their_work,
    python_rules.refuses_in_the_contracts_words,
    python_rules.labels_are_never_compared,
    python_rules.words_in_python_are_marked,
    python_rules.html_is_made_by_templates,
    python_rules.migrations_are_frozen_text,
    page_rules.pages_have_no_inline_code,
    page_rules.stylesheets_know_no_left_and_right,
    page_rules.nothing_comes_from_elsewhere,
    page_rules.templates_escape_what_people_wrote,
    page_rules.forms_carry_the_token,
    page_rules.templates_compare_no_label,
    page_rules.words_in_templates_are_marked,
    words.catalogs_are_complete,
)

#: Checks that load the plugin and look at what it registered.
LOADING: Final[tuple[Check, ...]] = (
    loading.loads_alone_and_with_all,
    loading.the_manifest_tells_the_truth,
    loading.every_permission_is_registered,
    loading.every_route_is_guarded,
    loading.menus_lead_somewhere,
    loading.importing_does_nothing,
    page_rules.templates_stand_in_their_folder,
    page_rules.statics_stand_in_their_folder,
    tables.tables_have_an_owner,
    tables.foreign_keys_let_core_rows_go,
    tables.moments_have_a_zone,
    tables.core_mappers_stay_as_they_are,
    words.settings_say_what_they_are_for,
    words.everything_is_documented,
)

#: Checks that put the plugin to work on a database; the one that needs many rows comes last.
WORKING: Final[tuple[Check, ...]] = (
    migrating.migrations_go_up_and_down,
    living.core_rows_go_while_it_is_off,
    living.purging_leaves_no_trace,
    serving.pages_answer_by_right,
    serving.changes_need_the_token,
    serving.looking_changes_nothing,
    serving.nothing_leaks,
    serving.hooks_and_slots_do_not_fail,
    serving.pages_ask_equally_often,
)

CHECKS: Final = (*READING, *LOADING, *WORKING)


def findings(check: Check, stage: Stage) -> list[str]:
    """What *check* finds; a fault that keeps the plugin from loading or working is a finding too."""
    try:
        return list(dict.fromkeys(check(stage)))
    except PluginError as error:
        return [f"It does not load: {error.cause}"]
    except PluginFailed as error:
        cause = error.__cause__
        why = f"{type(cause).__name__}: {cause}" if cause is not None else error.detail
        told = (
            f"{error.hook} fails ({why}) and the whole change is rolled back. Raise Rejected or Invalid to refuse; "
            "mend what is not meant as a refusal."
        )
        return [told]
    except CannotFill as error:
        return [f"No rows can be invented for {error}"]
    except HelpdeskError as error:
        return [f"It cannot be put to work: {error}. Mend on_enable, or the test class' own `fill`."]


class Conformance:
    """Inherit it, name the plugin, and every rule is a test::

        from helpdesk_core.testing import Conformance


        class TestConformance(Conformance):
            plugin = "knowledge_base"

    The tests run on the database that ``HELPDESK_TEST_DATABASE_URL`` names, else on files. Each message says where the
    fault is, what is wrong and what to do instead.
    """

    #: The plugin's name; it must be installed (``pip install --editable .``).
    plugin: ClassVar[str]
    #: Endpoints that are meant to be open to the whole world.
    public_pages: ClassVar[frozenset[str]] = frozenset()

    def fill(self, session: Session, tickets: Sequence[int], count: int) -> None:
        """Add *count* rows to each table, tied to *tickets* in turn; override it where the rows must obey rules."""
        fill_tables(session, self.plugin, tickets, count)

    @pytest.fixture(scope="class")
    @classmethod
    def stage(cls) -> Iterator[Stage]:
        """The plugin and its applications, made once for the class."""
        stage = Stage(cls.plugin, fill=cls().fill, public_pages=frozenset(cls.public_pages))
        yield stage
        stage.close()

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_the_plugin_keeps_the_rule(self, check: Check, stage: Stage) -> None:
        """Every check of the suite, by name."""
        found = findings(check, stage)
        if found:
            pytest.fail("\n".join([str(check.__doc__), *(f"- {one}" for one in found)]), pytrace=False)

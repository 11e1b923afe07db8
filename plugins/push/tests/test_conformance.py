"""The rules that every plugin keeps."""

from __future__ import annotations

from helpdesk_core.testing.conformance import Conformance


class TestConformance(Conformance):
    plugin = "push"

"""The conformance suite for plugins; ``suite.py`` lists its checks."""

from helpdesk_core.testing.conformance.finding import Check
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.testing.conformance.suite import CHECKS, Conformance, findings

__all__ = ["CHECKS", "Check", "Conformance", "Stage", "findings"]

"""All pages of the customer: importing this module fills the blueprint."""

from __future__ import annotations

from helpdesk_core.tickets import last_word_views, portal_views
from helpdesk_core.tickets.portal_blueprint import bp

__all__ = ["bp", "last_word_views", "portal_views"]

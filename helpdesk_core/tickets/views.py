"""All ticket pages of the desk: importing this module fills the blueprint."""

from __future__ import annotations

from helpdesk_core.tickets import card_views, comment_views, file_views, list_views, new_views, property_views
from helpdesk_core.tickets.blueprint import bp

__all__ = ["bp", "card_views", "comment_views", "file_views", "list_views", "new_views", "property_views"]

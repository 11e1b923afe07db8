"""Statuses and the transitions between them."""

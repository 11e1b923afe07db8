"""Tickets, comments, files, the list and the card."""

"""Mails that come in: kept as they are first, then made a comment or a ticket."""

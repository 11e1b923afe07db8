"""Bringing tickets and their histories in from other systems' files."""

"""The mail port and its twins."""

"""Custom fields of tickets."""

"""Employees, their groups, logins and sessions."""

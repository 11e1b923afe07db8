"""Typed settings of the desk."""

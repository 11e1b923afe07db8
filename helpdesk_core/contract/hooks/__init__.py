"""Hook specifications, one module per room."""

"""A plugin that tests the contract: one hook of each kind, a table and a migration."""

"""The database: base classes, column types, the session and its two doors, migrations."""

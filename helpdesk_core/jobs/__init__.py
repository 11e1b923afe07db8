"""Work outside a request: rows that commit with the change that asked for them, done by whoever holds their lease."""

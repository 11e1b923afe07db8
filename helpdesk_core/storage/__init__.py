"""Where files lie: a port with a local directory behind it."""

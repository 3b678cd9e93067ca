"""From what was typed to a connection, and what is kept of it."""

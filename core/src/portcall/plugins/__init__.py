"""From an entry point to composed hooks."""

"""PC6: what the import of a plugin does."""

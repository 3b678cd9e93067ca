"""Iterable, as destination.toml says."""

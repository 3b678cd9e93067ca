"""Pushover, as destination.toml says."""

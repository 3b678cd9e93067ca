"""Braze, as destination.toml says."""

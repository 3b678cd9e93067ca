"""Plausible, as destination.toml says."""

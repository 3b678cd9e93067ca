"""Matomo, as destination.toml says."""

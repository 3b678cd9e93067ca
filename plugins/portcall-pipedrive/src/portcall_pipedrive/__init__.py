"""Pipedrive, as destination.toml says."""

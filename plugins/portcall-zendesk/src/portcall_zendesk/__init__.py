"""Zendesk, as destination.toml says."""

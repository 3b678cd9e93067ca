"""Notion, as destination.toml says."""

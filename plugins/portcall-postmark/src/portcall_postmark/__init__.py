"""Postmark, as destination.toml says."""

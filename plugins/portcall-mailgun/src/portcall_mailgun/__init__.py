"""Mailgun, as destination.toml says."""

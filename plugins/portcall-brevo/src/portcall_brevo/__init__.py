"""Brevo, as destination.toml says."""

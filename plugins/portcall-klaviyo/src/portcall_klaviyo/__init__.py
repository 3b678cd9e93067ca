"""Klaviyo, as destination.toml says."""

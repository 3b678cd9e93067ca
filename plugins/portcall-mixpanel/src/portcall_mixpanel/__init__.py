"""Mixpanel, as destination.toml says."""

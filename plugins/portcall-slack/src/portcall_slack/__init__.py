"""Slack, as destination.toml says."""

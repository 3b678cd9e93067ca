"""Jira, as destination.toml says."""

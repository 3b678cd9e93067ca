"""Datadog, as destination.toml says."""

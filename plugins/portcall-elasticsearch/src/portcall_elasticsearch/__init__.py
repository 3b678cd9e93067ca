"""Elasticsearch, as destination.toml says."""

"""Airtable, as destination.toml says."""

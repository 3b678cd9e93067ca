"""Salesforce, as destination.toml says."""

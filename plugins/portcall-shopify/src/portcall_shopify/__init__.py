"""Shopify, as destination.toml says."""

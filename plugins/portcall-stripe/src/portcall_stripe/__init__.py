"""Stripe, as destination.toml says."""

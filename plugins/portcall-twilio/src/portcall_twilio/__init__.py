"""Twilio, as destination.toml says."""

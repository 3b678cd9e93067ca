"""Telegram, as destination.toml says."""

"""Amplitude, as destination.toml says."""

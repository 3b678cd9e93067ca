"""Microsoft Teams, as destination.toml says."""

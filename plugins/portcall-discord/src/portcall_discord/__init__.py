"""Discord, as destination.toml says."""

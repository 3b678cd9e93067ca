"""ntfy, as destination.toml says."""

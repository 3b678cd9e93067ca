"""SendGrid, as destination.toml says."""

"""Google Sheets, as destination.toml says."""

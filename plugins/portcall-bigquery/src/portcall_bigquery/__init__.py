"""BigQuery, as destination.toml says."""

"""ClickHouse, as destination.toml says."""

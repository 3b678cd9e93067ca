"""Meta Conversions API, as destination.toml says."""

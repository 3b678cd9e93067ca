"""LinkedIn Conversions API, as destination.toml says."""

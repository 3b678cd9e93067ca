"""Google Ads, as destination.toml says."""

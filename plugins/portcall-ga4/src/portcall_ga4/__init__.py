"""Google Analytics 4, as destination.toml says."""

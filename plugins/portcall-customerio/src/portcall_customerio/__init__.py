"""Customer.io, as destination.toml says."""

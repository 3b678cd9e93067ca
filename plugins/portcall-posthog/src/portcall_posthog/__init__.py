"""PostHog, as destination.toml says."""

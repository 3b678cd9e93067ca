"""TikTok Events API, as destination.toml says."""

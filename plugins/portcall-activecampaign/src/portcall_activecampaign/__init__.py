"""ActiveCampaign, as destination.toml says."""

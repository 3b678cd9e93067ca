"""Mailchimp, as destination.toml says."""

"""Kafka REST Proxy, as destination.toml says."""

"""What a service counts, and where Prometheus reads it."""

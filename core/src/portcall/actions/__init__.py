"""What destinations do with events."""

"""PC4: hostile text, customers kept apart, secrets kept in."""

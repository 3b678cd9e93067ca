"""PC5: credentials: their test, their renewal, and authorization by a person."""

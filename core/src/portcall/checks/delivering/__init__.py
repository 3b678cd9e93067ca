"""PC3: what actions do with events, and with each answer of the destination."""

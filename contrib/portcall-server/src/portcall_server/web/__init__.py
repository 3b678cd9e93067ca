"""Pages to try a destination on, and to see what became of events; served to one person's browser."""

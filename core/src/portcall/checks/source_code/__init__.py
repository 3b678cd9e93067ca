"""PC1: what the code of a plugin does that is the host's part, or a danger to its users."""

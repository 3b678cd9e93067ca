"""PC2: the distribution that a plugin ships in: its metadata, dependencies, wheel and README."""

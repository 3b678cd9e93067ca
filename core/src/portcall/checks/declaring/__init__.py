"""PC1: what a plugin declares: hooks, hosts, settings and actions."""

"""The process of a service: its socket, signals and log lines, and its end within the grace."""

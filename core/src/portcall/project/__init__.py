"""The project file ``portcall.toml``: find it, check all of it, and read it. Uses no terminal."""

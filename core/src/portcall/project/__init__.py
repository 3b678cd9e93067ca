"""The project file ``portcall.toml``: found, checked whole, and read; no terminal in it."""

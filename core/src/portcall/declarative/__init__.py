"""A destination as TOML or JSON, compiled once to ordinary hooks."""

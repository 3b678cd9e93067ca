"""Inputs that are the answer to a query: of a SQLite or DuckDB file, or of a PostgreSQL server."""

"""The outbox in one SQLite file. `portcall-postgres` has modules of the same names for PostgreSQL."""

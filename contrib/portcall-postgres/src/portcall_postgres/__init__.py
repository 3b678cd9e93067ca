"""A store on PostgreSQL, for portcall on more than one machine."""

from portcall_postgres.store import PostgresStore

__all__ = ["PostgresStore"]

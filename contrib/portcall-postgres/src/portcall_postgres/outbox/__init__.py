"""An outbox on PostgreSQL: events that several machines put and deliver."""

from portcall_postgres.outbox.postgres_outbox import PostgresOutbox

__all__ = ["PostgresOutbox"]

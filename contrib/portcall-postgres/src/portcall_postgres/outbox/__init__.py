"""An outbox on PostgreSQL: events that several machines put and deliver.

The modules have the names of those in `portcall.outbox.sqlite`. Each transaction that waits for rows locks
claims first, then events, then connections, and the rows of each table in the order of their ids, so that
two transactions never wait for each other. A transaction that claims events waits for no row.
"""

from portcall_postgres.outbox.postgres_outbox import PostgresOutbox

__all__ = ["PostgresOutbox"]

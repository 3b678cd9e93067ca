"""portcall as a service: events come in over HTTP, go into the outbox, and are delivered from there."""

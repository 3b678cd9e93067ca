"""The Segment HTTP API, as its senders speak it: calls come in, events go into the outbox."""

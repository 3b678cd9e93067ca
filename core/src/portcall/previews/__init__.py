"""What would become of an event, and why, before anything is sent; no secret in what may be shown."""

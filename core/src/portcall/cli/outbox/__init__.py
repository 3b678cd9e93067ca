"""The outbox at the terminal: which one is meant, and its events as the commands for files show theirs."""

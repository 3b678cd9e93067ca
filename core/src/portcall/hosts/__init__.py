"""Where a request may go: declared hosts, patterns of hosts, and the guard on addresses."""

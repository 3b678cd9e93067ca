"""Where the documentation is, and which page a word means."""

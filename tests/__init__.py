"""The tests of the repository as a whole; each distribution has its own beside its source."""

"""The Python project of a destination that one file says."""

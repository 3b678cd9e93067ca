"""The project file at a terminal: which one is in use, and what it says in place of options."""

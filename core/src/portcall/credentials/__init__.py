"""The credentials of one connection: how they are refreshed, and where they are kept."""

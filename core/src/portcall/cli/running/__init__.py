"""A run: all events of an input, through one subscription or several, ended and gone on with at will."""

"""All events of an input through one subscription or several, stopped and resumed at will."""

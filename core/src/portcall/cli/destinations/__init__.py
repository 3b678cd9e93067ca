"""What a command knows of an installed destination: its actions, its choices, its description."""

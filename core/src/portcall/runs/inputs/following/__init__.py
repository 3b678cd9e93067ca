"""Follow a file that grows and is rotated: read its lines as they are written, across rotations."""

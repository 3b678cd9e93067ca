"""A file that grows, and is rotated: its lines as they are written, across all files that it has been."""

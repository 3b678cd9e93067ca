"""What people and programs read: output, progress, error messages, requests as text."""

"""What a plugin sends and how its answer is read: client, composing, redirects, verdicts, JSON bodies."""

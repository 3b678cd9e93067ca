"""Options that several commands take, and what a shell offers after Tab."""

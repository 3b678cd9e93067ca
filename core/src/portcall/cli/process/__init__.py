"""The process itself: signals, a child for work that may crash, waits before the end."""

"""What ``send`` and ``run`` do, and what they print at the end."""

"""What runs remember of single events, for some days: which went, when, and what was said to them."""

"""Servers of third parties, which verify what portcall sends with code of their own."""

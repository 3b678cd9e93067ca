"""Spread one run over processes: one reads the input and keeps the files, the others send the requests."""

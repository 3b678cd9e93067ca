"""Inputs that are tables and no text: Parquet, Arrow, Excel; each row is one event."""

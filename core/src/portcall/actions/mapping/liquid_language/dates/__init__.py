"""Dates in Liquid: read, shown and formatted as in JavaScript whose time zone is UTC."""

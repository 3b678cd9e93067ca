"""Pipelines: files that define which events go through which connection, and how."""

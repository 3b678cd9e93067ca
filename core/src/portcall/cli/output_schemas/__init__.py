"""The JSON Schema of what each command prints with ``--json``; one file for each, and what they share.

A file is called like its command, with a dash between two words: ``key-status.json``. Within a version,
members are only added; a change that a program could stumble over makes the next version.
"""

"""The commands that this distribution brings to ``portcall``."""

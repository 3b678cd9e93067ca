"""The schemes that core brings; each is an ordinary plugin of ``portcall.schemes``."""

"""``portcall serve --demo``: a source, a page that sends, and two receivers on this machine."""

"""New projects: a destination of an author's own, from a template."""

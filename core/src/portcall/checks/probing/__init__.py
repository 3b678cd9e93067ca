"""Running a plugin inside this process against a destination that is played for it: no socket is opened."""

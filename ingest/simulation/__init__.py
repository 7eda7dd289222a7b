"""An audience that watches livestreams, in place of a real one."""

"""Others measured beside us, in an environment of their own: the same line, called as each calls it."""

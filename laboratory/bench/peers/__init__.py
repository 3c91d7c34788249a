"""Other consumers measured for comparison, in an environment of their own; each calls the same pipeline."""

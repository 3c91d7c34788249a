"""Exit codes that commands share, beside 0 for done and 1 for a negative result or an error."""

# An argument or a file that cannot be used; nothing was done.
BAD_INPUT = 2

"""The two kinds of failure: those a retry may heal and those it will not."""


class SwiftLogixError(Exception):
    """Root of every error we raise on purpose."""


class PermanentError(SwiftLogixError):
    """Trying again with the same input fails again: bad input, a forbidden call, a missing thing."""


class TransientError(SwiftLogixError):
    """Trying again later may work: throttling, a lost connection, a conflict with another writer."""

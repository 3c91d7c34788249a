"""Base classes of errors: failures that a retry may heal, and failures that it will not."""


class SwiftLogixError(Exception):
    """Root of every error raised on purpose."""


class PermanentError(SwiftLogixError):
    """Failure that repeats with the same input: bad input, a forbidden call, a missing thing."""


class TransientError(SwiftLogixError):
    """Failure that may pass: throttling, a lost connection, a conflict with another writer."""

"""Errors of starting and running the product on one machine."""


class LocalError(Exception):
    """Raised when a local run cannot start or continue; its text is shown to the user."""


class AlreadyRunningError(LocalError):
    """Raised when a demo already runs in the same folder."""

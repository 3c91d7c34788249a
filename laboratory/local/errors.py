"""Errors of starting and running the product on one machine."""


class LocalError(Exception):
    """A local run cannot start or continue; the text is shown to the user."""


class AlreadyRunningError(LocalError):
    """A demo already runs in the same folder."""

"""What can go wrong when the embedded default starts or runs."""


class LocalError(Exception):
    """The embedded default cannot start or go on; the text is for the person who started it."""


class AlreadyRunningError(LocalError):
    """A demo runs in the same folder already."""

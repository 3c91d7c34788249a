"""Where all chance of a fleet comes from: sources that the same names always open in the same way."""

from random import Random


def open_chance(*names: object) -> Random:
    """A source of chance of its own for these names, whatever the process' hash seed."""
    return Random("/".join(map(str, names)))  # noqa: S311 - dice for a fleet, not a secret

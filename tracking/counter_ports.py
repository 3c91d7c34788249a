"""Port of the counter of requests, which limits and usage are made from."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Counted(NamedTuple):
    """Number of a request in its window, and whole seconds until the window ends (at least 1)."""

    number: int
    left_s: int


class RequestCounter(Protocol):
    """Counter of requests, shared by all processes; each call is atomic.

    Counts and tallies may be lost with the server that holds them. Every method but `count_soon` raises
    `TransientError` when the server cannot be reached, and for some seconds afterwards without calling it.
    """

    def count(self, name: str, window_s: int, tallies: Mapping[str, int] | None = None) -> Counted:
        """Increment the counter `name`, whose window starts at its first request, and add `tallies`."""
        ...

    def count_soon(self, name: str, window_s: int) -> Counted:
        """Increment the counter `name` in this process at once, and for the other processes within a second.

        Calls no server and never raises. While the server cannot be reached, each process counts by itself.
        A name is used with `count` or with this, not with both.
        """
        ...

    def tally(self, tallies: Mapping[str, int]) -> None:
        """Add to the running totals, by name."""
        ...

    def take_tallies(self) -> dict[str, int]:
        """Return the running totals since they were last taken, and reset them."""
        ...

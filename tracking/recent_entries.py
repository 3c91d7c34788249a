"""Cache of the entries used last: looking one up and adding one cost a dict's operation or two."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class RecentEntries(Generic[K, V]):
    """Entries used last: at most `most`, and never fewer than the half of them that was used most recently.

    They are kept in two generations. An entry that is added or found goes into the newer one. Once that is
    full, the older one is dropped whole, and the newer one takes its place. A cache that keeps entries in the
    order of their use has to touch several of them at each step, which memory has to deliver first
    (docs/decisions/0196-entries-used-last-are-in-two-generations.md). Not safe to use from several threads at
    once.
    """

    def __init__(self, most: int) -> None:
        """`most` is at least 2."""
        self._half = most // 2
        self._newer: dict[K, V] = {}
        self._older: dict[K, V] = {}

    def find(self, key: K) -> V | None:
        """Return the entry of a key, or None; it counts as used."""
        entry = self._newer.get(key)
        if entry is None:
            entry = self._older.get(key)
            if entry is not None:
                self.add(key, entry)
        return entry

    def add(self, key: K, entry: V) -> None:
        """Add an entry, or replace the one of the same key."""
        if len(self._newer) >= self._half and key not in self._newer:
            self._newer, self._older = {}, self._newer
        self._newer[key] = entry

    def remove(self, key: K) -> None:
        """Remove the entry of a key, if there is one."""
        self._newer.pop(key, None)
        self._older.pop(key, None)

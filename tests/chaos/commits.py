"""Who committed what and when, read from the workers' own logs while they write them."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple


class Committed(NamedTuple):
    """One commit of a read: when (seconds of the epoch), in which epoch of the lease, up to where."""

    at: float
    epoch: int
    checkpoint: int


class CommitLog:
    """Follows all log files of a folder that match; a line that is not whole yet waits for the next look."""

    def __init__(self, folder: Path, pattern: str) -> None:
        self._folder = folder
        self._pattern = pattern
        self._offsets: dict[Path, int] = defaultdict(int)
        self._commits: dict[str, list[Committed]] = defaultdict(list)

    def read(self) -> dict[str, list[Committed]]:
        """All commits so far, by shard, in order of time."""
        for path in sorted(self._folder.glob(self._pattern)):
            for line in self._read_new_lines(path):
                self._note(line)
        for commits in self._commits.values():
            commits.sort()
        return self._commits

    def last_of(self, shard_id: str, epoch: int) -> Committed | None:
        """The last commit of an epoch on a shard."""
        return max((one for one in self._commits[shard_id] if one.epoch == epoch), default=None, key=_moment)

    def first_after(self, shard_id: str, epoch: int) -> Committed | None:
        """The first commit of any later epoch."""
        return min((one for one in self._commits[shard_id] if one.epoch > epoch), default=None, key=_moment)

    def _read_new_lines(self, path: Path) -> Iterable[bytes]:
        with path.open("rb") as log:
            log.seek(self._offsets[path])
            whole, newline, _ = log.read().rpartition(b"\n")
        self._offsets[path] += len(whole) + len(newline)
        return whole.splitlines()

    def _note(self, line: bytes) -> None:
        if b'"committed"' not in line:
            return
        try:
            fields = json.loads(line)
        except ValueError:
            # The last line of a process that was killed while it wrote.
            return
        if fields.get("event") == "record" and fields.get("outcome") == "committed":
            at = datetime.fromisoformat(fields["timestamp"]).timestamp()
            self._commits[fields["shard"]].append(
                Committed(at, fields["epoch"], int(fields["checkpoint"] or 0))
            )


def _moment(commit: Committed) -> float:
    return commit.at

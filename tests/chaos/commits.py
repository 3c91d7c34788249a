"""Reads commits from the workers' logs while they are written."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple


class Committed(NamedTuple):
    """Commit of a batch: when (seconds since the epoch), the lease's epoch, the new checkpoint."""

    at: float
    epoch: int
    checkpoint: int


class CommitLog:
    """Follows the matching log files of a folder; an incomplete last line is left for the next call."""

    def __init__(self, folder: Path, pattern: str) -> None:
        self._folder = folder
        self._pattern = pattern
        self._offsets: dict[Path, int] = defaultdict(int)
        self._commits: dict[str, list[Committed]] = defaultdict(list)

    def read(self) -> dict[str, list[Committed]]:
        """Return all commits so far, by shard, in order of time."""
        for path in sorted(self._folder.glob(self._pattern)):
            for line in self._read_new_lines(path):
                self._add(line)
        for commits in self._commits.values():
            commits.sort()
        return self._commits

    def find_last(self, shard_id: str, epoch: int) -> Committed | None:
        """Return the last commit of an epoch on a shard, or None."""
        return max(
            (commit for commit in self._commits[shard_id] if commit.epoch == epoch), default=None, key=_moment
        )

    def find_first_after(self, shard_id: str, epoch: int) -> Committed | None:
        """Return the first commit of any later epoch on a shard, or None."""
        return min(
            (commit for commit in self._commits[shard_id] if commit.epoch > epoch), default=None, key=_moment
        )

    def _read_new_lines(self, path: Path) -> Iterable[bytes]:
        with path.open("rb") as log:
            log.seek(self._offsets[path])
            complete, newline, _ = log.read().rpartition(b"\n")
        self._offsets[path] += len(complete) + len(newline)
        return complete.splitlines()

    def _add(self, line: bytes) -> None:
        if b'"committed"' not in line:
            return
        try:
            fields = json.loads(line)
        except ValueError:
            # The last line of a process that was killed while writing.
            return
        if fields.get("event") == "record" and fields.get("outcome") == "committed":
            at = datetime.fromisoformat(fields["timestamp"]).timestamp()
            self._commits[fields["shard"]].append(
                Committed(at, fields["epoch"], int(fields["checkpoint"] or 0))
            )


def _moment(commit: Committed) -> float:
    return commit.at

"""Measures the way of one status record through the code: function calls, and switches between files."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Any, NamedTuple

from tests.workers.world import World
from workers.line.process import process
from workers.ports import StreamRecord

ROOT = Path(__file__).resolve().parents[3]
# Code of others, and the tests themselves, are not part of the way.
LEFT_OUT = ("tests/", ".venv/")


class CodePath(NamedTuple):
    """Calls of our own functions in order, as files from the root; properties count too."""

    files: Sequence[str]

    @property
    def file_switches(self) -> int:
        """Count the calls that stand in another file than the call before."""
        return _count_switches(self.files)

    @property
    def package_switches(self) -> int:
        """Count the calls that stand in another folder than the call before."""
        return _count_switches([str(PurePosixPath(path).parent) for path in self.files])

    def describe(self) -> str:
        """Return the figures in one line."""
        return (
            f"{len(self.files)} calls, {len(set(self.files))} files, "
            f"{self.file_switches} switches between files, {self.package_switches} between packages"
        )


def trace_status_record() -> CodePath:
    """Trace an `in_transit` record of a shipment that has been picked up, on memory adapters.

    Caches are warm, as they are in a worker that has run for a while.
    """
    _process_one(World(), [])
    files: list[str] = []
    _process_one(World(), files)
    return CodePath(files)


def _process_one(world: World, files: list[str]) -> None:
    process([_put(world, "picked_up")], world.tracking, world.workers)
    record = _put(world, "in_transit")
    with _profile(files):
        process([record], world.tracking, world.workers)


def _put(world: World, status: str) -> StreamRecord:
    scan = {"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": status}
    world.stream.put([("123", json.dumps(scan).encode())])
    shard_id = world.stream.list_shards()[0].shard_id
    return world.stream.read(shard_id, world.stream.open_shard(shard_id, ""), 10).records[-1]


@contextmanager
def _profile(files: list[str]) -> Iterator[None]:
    def note(frame: FrameType, event: str, _argument: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(LEFT_OUT):
                files.append(name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


def _count_switches(names: Sequence[str]) -> int:
    return sum(1 for _ in groupby(names)) - 1

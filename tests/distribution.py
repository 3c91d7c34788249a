"""Distribution of the tests by `pytest -n`: by file, with all heavy tests on one worker, long files first."""

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling, Scheduling

# For tests that start many processes or a browser; two of them at once would overload the machine.
heavy = pytest.mark.xdist_group("heavy")


class ByGroupOrFile(LoadGroupScheduling):
    """Scheduler that keeps tests of a group, and tests of a file with its fixtures, on one worker.

    It hands them out in the order of `pytest_collection_modifyitems`.
    """

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Replace xdist's own `--dist loadgroup`, which would split the tests of a file."""
    if config.getvalue("dist") != "loadgroup":
        return None
    # By default xdist begins with the files that have most tests, and a long test may be left to the end.
    config.option.loadscopereorder = False
    return ByGroupOrFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a worker, put the heavy group first and then files with slow tests: all workers end at one time."""
    if not hasattr(config, "workerinput"):
        return
    slow_files = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not is_heavy(item), item.path not in slow_files))


def is_heavy(item: pytest.Item) -> bool:
    """Return whether a test is in the heavy group."""
    groups = (marker.args for marker in item.iter_markers("xdist_group"))
    return heavy.mark.args in groups

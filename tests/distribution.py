"""Distribution of the tests by `pytest -n`: by file, and some files together on one worker."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling, Scheduling

ROOT = Path(__file__).resolve().parents[1]
# For tests that start many processes; two of them at once would overload the machine. xdist cannot read the
# group of a mark since pytest 9.2, so that `find_scope` looks for the import of the mark.
heavy = pytest.mark.xdist_group("heavy")
# For tests in a real browser, which take long.
in_browser = pytest.mark.xdist_group("browser")
# Groups in the order in which they begin, so that no worker does one alone while the others have ended.
LONG_GROUPS = ("heavy", "browser")
# These read and parse the whole repository, once in a process.
HOUSE = "tests/house/"
_MARKED_HEAVY = re.compile(r"^from tests\.distribution import .*\bheavy\b", re.MULTILINE)


@cache
def find_scope(file: str) -> str:
    """Return the scope of a file (path from the root): a group whose files share a worker, or the file."""
    if file.startswith(HOUSE):
        return HOUSE
    return "heavy" if _MARKED_HEAVY.search((ROOT / file).read_text()) else file


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long groups first."""
    items.sort(key=_find_turn)


def _find_turn(item: pytest.Item) -> int:
    mark = item.get_closest_marker("xdist_group")
    return LONG_GROUPS.index(mark.args[0]) if mark else len(LONG_GROUPS)


class ByScope(LoadScopeScheduling):
    """Scheduler that keeps the tests of a scope, with their fixtures, on one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return find_scope(nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Replace xdist's own `--dist loadgroup`, which would split the tests of a file."""
    if config.getvalue("dist") != "loadgroup":
        return None
    # xdist would begin with the files of many tests, which are short.
    config.option.loadscopereorder = False
    return ByScope(config, log)

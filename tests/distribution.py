"""Distribution of the tests by `pytest -n`: by file; heavy ones on one worker, a browser on another."""

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling, Scheduling

# For tests that start many processes; two of them at once would overload the machine.
heavy = pytest.mark.xdist_group("heavy")
# For tests in a real browser; the files of one worker share a web role.
in_browser = pytest.mark.xdist_group("browser")


class ByGroupOrFile(LoadGroupScheduling):
    """Scheduler that keeps tests of a group, and tests of a file with its fixtures, on one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Replace xdist's own `--dist loadgroup`, which would split the tests of a file."""
    if config.getvalue("dist") != "loadgroup":
        return None
    return ByGroupOrFile(config, log)

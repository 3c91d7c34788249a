"""How `pytest -n` shares the tests out: by file, and everything heavy to one worker."""

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling, Scheduling

# Starts many processes, or a browser. Two such tests at once would starve each other of the machine.
heavy = pytest.mark.xdist_group("heavy")


class ByGroupOrFile(LoadGroupScheduling):
    """Tests of a group go to one worker, and so do tests of a file, which share the fixtures of the file."""

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Takes the place of xdist's own `--dist loadgroup`, which would split the tests of a file."""
    if config.getvalue("dist") != "loadgroup":
        return None
    return ByGroupOrFile(config, log)

"""Tests neither judge by a duration nor are skipped without a report."""

import re

from tests.house.sources import find_lines, paths

THIS = "tests/house/test_tests.py"
# `make test-speed` and `make chaos` measure durations; the others wait, or record an order of events.
MAY_READ_THE_CLOCK = (
    "tests/chaos/",
    "tests/tracking/test_million_shipments.py",
    "tests/test_speed.py",
    "tests/waiting.py",
    "tests/workers/processes.py",
    "tests/workers/test_lineage.py",
)


def _tests_but(*allowed: str) -> tuple[str, ...]:
    return tuple(
        path for path in paths(".py") if path.startswith("tests/") and not path.startswith((THIS, *allowed))
    )


def test_no_test_measures_a_duration() -> None:
    clocks = re.compile(r"\b(perf_counter|monotonic|process_time|thread_time)(_ns)?\(|\btimeit\b")
    assert find_lines(clocks, _tests_but(*MAY_READ_THE_CLOCK)) == []


def test_only_one_module_can_skip_a_test() -> None:
    ways = re.compile(r"\b(skip|skipif|skipIf|skipUnless|importorskip|xfail)\(|\bmark\.(skip|xfail)\b")
    assert find_lines(ways, _tests_but("tests/opt_in.py")) == []


def test_no_property_test_has_its_own_profile() -> None:
    own = re.compile(r"\b(deadline|derandomize)=|register_profile|max_examples=(?!examples\(|EXAMPLES\b)")
    assert find_lines(own, _tests_but("tests/properties.py")) == []

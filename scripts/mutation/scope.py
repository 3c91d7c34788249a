"""Scope: what is mutated and by which tests: the modules of each area, with the tests that hold them.

The tests that mirror a module (`tests/tracking/domain/test_fold.py`) always run first and are not named here.
"""

from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
LINE = "tests/workers/line"
SERVICES = "tests/tracking/services"
PURE = "tests/tracking/domain tests/tracking/eta"
DOMAIN = f"{PURE} {LINE} {SERVICES}/recording {SERVICES}/reading {SERVICES}/operations"
ETA = f"{PURE} {LINE} {SERVICES}/prediction"
RECORDING = f"{LINE} tests/tracking/domain {SERVICES}/recording tests/workers/test_replay.py"
LEASES = "tests/workers/leases tests/workers/consumers tests/workers/test_reshard.py"


def _list_modules(folder: str) -> list[str]:
    """Return the paths of the modules in a folder, from the root."""
    found = sorted((ROOT / folder).glob("*.py"))
    return [path.relative_to(ROOT).as_posix() for path in found if path.name != "__init__.py"]


AREAS: dict[str, dict[str, str]] = {
    "domain": dict.fromkeys(_list_modules("tracking/domain"), DOMAIN),
    "eta": dict.fromkeys(_list_modules("tracking/eta"), ETA),
    "recording": dict.fromkeys(["workers/line/record.py", "tracking/domain/commits.py"], RECORDING),
    "leases": dict.fromkeys(_list_modules("workers/leases"), LEASES),
}


def list_tests(area: str, module: str) -> list[str]:
    """Return the paths of all tests to run for a module, each once; the first one may not exist."""
    path = PurePosixPath("tests", module)
    mirrored = path.with_name(f"test_{path.name}").as_posix()
    return list(dict.fromkeys([mirrored, *AREAS[area][module].split()]))

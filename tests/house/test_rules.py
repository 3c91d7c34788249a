"""The rules of the house hold, and each of them still refuses what it is there to refuse."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.house.sources import ROOT, SOURCES, import_names, modules, read

SCRIPTS = Path(sysconfig.get_path("scripts"))
# For each contract of pyproject.toml, by id: a file and an import that breaks it.
BROKEN_ARROWS = {
    "floors": ("tracking/ports.py", "import notifications.models"),
    "inside-laboratory": ("laboratory/simulator/__init__.py", "import laboratory.bench"),
    "inside-swiftlogix": ("swiftlogix/settings.py", "import swiftlogix.celery"),
    "inside-workers": ("workers/ports.py", "import workers.adapters"),
    "inside-notifications": ("notifications/models.py", "import notifications.adapters"),
    "inside-tracking": ("tracking/models/shipments.py", "import tracking.api"),
    "service-rooms": ("tracking/services/requests/callers.py", "import tracking.services.operations.fleet"),
    "fold-never-predicts": ("tracking/domain/fold.py", "import tracking.eta.forecast"),
    "domain-is-pure": ("tracking/domain/status.py", "import django"),
    "aws-in-adapters": ("workers/apps.py", "import boto3"),
    "adapters-are-wired": ("workers/apps.py", "import tracking.adapters.aws"),
    "simulator-stands-alone": ("laboratory/simulator/__init__.py", "import tracking.domain.status"),
    "numbers-where-they-pay": ("notifications/apps.py", "import numpy"),
    "no-cycles": ("tracking/domain/status.py", "import tracking.domain.events"),
}
# Of the standard library the domain takes what computes, never what reaches out of the process.
REACHES_OUT = frozenset("asyncio http io os pathlib random socket subprocess threading time urllib".split())


def test_the_code_looks_as_agreed() -> None:
    assert _run("ruff", "check", "--quiet") == ""
    assert _run("ruff", "format", "--check", "--quiet") == ""


def test_every_arrow_runs_down() -> None:
    assert _find_broken(ROOT) == set()


@pytest.mark.slow
def test_the_types_are_right_where_they_are_strict() -> None:
    assert _run("mypy", "--no-error-summary") == ""


def test_an_arrow_drawn_upwards_is_refused_by_the_rule_it_breaks(tmp_path) -> None:
    for package in SOURCES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: [
                name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()
            ],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in BROKEN_ARROWS.values():
        with (tmp_path / path).open("a") as module:
            module.write(f"\n{line}\n")
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == set(BROKEN_ARROWS)
    assert _find_broken(tmp_path) == {contract["name"] for contract in contracts}


def test_the_domain_needs_nothing_but_python_and_its_structs() -> None:
    imported = {name for module in modules("tracking/domain") for name in import_names(module)}
    assert imported & REACHES_OUT == set()
    assert imported - set(sys.stdlib_module_names) <= {"msgspec", "tracking"}


def test_the_domain_never_asks_for_the_time() -> None:
    askers = [
        module.path
        for module in modules("tracking/domain")
        if re.search(r"\.now\(|\.utcnow\(|\.today\(|time\.time\(", module.text)
    ]
    assert askers == []


def _run(tool: str, *arguments: str) -> str:
    """What a tool has to say about the repository; nothing when all is well."""
    done = subprocess.run([SCRIPTS / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _find_broken(root: Path) -> set[str]:
    """The names of the import contracts that do not hold in the packages under `root`."""
    done = subprocess.run(
        [SCRIPTS / "lint-imports", "--no-logo", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "400", "PATH": ""},
    )
    broken = set(re.findall(r"^(.*\S) BROKEN\b", done.stdout, re.MULTILINE))
    assert done.returncode == (1 if broken else 0), done.stdout + done.stderr
    return broken

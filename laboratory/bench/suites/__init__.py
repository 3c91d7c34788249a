"""One module per bench; its `prepare(options)` is a context manager that yields the bench's `Plan`."""

import importlib
import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import cast

from laboratory.bench.plan import Options, Plan

Prepare = Callable[[Options], AbstractContextManager[Plan]]


def list_benches() -> list[str]:
    """Return the names of all benches: the modules of this package."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find_bench(name: str) -> Prepare:
    """Return the `prepare` function of a bench."""
    module = importlib.import_module(f"{__name__}.{name}")
    return cast("Prepare", module.prepare)

"""Property tests: few examples with every run, ten thousand at night (`make test-nightly`)."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

IS_NIGHT = bool(os.environ.get("NIGHTLY"))


def holds_for(few: int, many: int = 10_000) -> Callable[[Any], Any]:
    """Marks a property test, and says how many examples it is tried with."""
    tried = settings(
        max_examples=many if IS_NIGHT else few,
        deadline=None,
        # Stores are fixtures that outlive an example; each example has a shipment of its own.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    return lambda test: pytest.mark.property(tried(test))

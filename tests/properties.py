"""Profile of all property tests: few examples with every run, ten thousand at night.

A property test is any test with `@given`, or a state machine of hypothesis. One that takes more examples
than usual, or fewer, says so: `@settings(max_examples=examples(300))`.
"""

import os

from hypothesis import HealthCheck, settings

IS_NIGHT = bool(os.environ.get("NIGHTLY"))
PROFILE = "swiftlogix"
BY_DAY, AT_NIGHT = 100, 10_000


def examples(by_day: int = BY_DAY, at_night: int = AT_NIGHT) -> int:
    """Return the number of examples that a property is tried with in this run."""
    return at_night if IS_NIGHT else by_day


def load_profile() -> None:
    """Make this profile the default of every property test that is imported afterwards."""
    settings.register_profile(
        PROFILE,
        max_examples=examples(),
        # How long an example takes says more about the machine than about the code.
        deadline=None,
        # By day always the same examples, so that no change fails by chance. New ones at night.
        derandomize=not IS_NIGHT,
        # Stores are fixtures that outlive an example; each example has a shipment of its own.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        print_blob=True,
    )
    settings.load_profile(PROFILE)

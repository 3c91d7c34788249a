"""The only ways to leave a test out. Each run names the tests it left out, and why, in its last lines."""

import os
import sys

import pytest


def only_with(switch: str, command: str) -> pytest.MarkDecorator:
    """Leave a test out unless this variable of the environment asks for it, as the command does."""
    return pytest.mark.skipif(
        not os.environ.get(switch), reason=f"not asked for: `{command}` runs it, by {switch}=1"
    )


def only_on_linux(reason: str) -> pytest.MarkDecorator:
    """Leave a test of something that only Linux can do out elsewhere."""
    return pytest.mark.skipif(sys.platform != "linux", reason=f"not on {sys.platform}: {reason}")

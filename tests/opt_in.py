"""Marks that skip tests. Each run lists the skipped tests with the reason in its last lines."""

import os
import shutil
import sys

import pytest


def only_with(switch: str, command: str) -> pytest.MarkDecorator:
    """Skip a test unless this environment variable is set; `command` is the one that sets it."""
    return pytest.mark.skipif(
        not os.environ.get(switch), reason=f"not asked for: `{command}` runs it, by {switch}=1"
    )


def only_on_linux(reason: str) -> pytest.MarkDecorator:
    """Skip a test of a Linux feature on other systems."""
    return pytest.mark.skipif(sys.platform != "linux", reason=f"not on {sys.platform}: {reason}")


def only_where_installed(program: str) -> pytest.MarkDecorator:
    """Skip a test that runs a program which this machine does not have."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program} on this machine")

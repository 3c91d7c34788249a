"""Fixtures of the line: memory behind every port of tracking."""

from tests.tracking.conftest import world

__all__ = ["world"]

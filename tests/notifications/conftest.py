"""Fixtures of notifications: ports as they were, static files by their plain names."""

import pytest
from django.conf import settings
from django.test import override_settings

from notifications.ports import ports, wire

PLAIN_STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture(autouse=True)
def _ports_as_before():
    before = ports()
    yield
    wire(before)


@pytest.fixture
def plain_static():
    """Names without hashes, so that no test of a page waits for `collectstatic`."""
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": PLAIN_STATIC}):
        yield

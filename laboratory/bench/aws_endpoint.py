"""Emulator of AWS that a bench calls from its own process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from tracking.adapters.aws import build_client


@contextmanager
def use_endpoint(endpoint: str, access_key: str) -> Iterator[None]:
    """Point this process's AWS clients at `endpoint` within the context, whatever its environment says."""
    before, variables = settings.AWS_ENDPOINT_URL, dict(os.environ)
    settings.AWS_ENDPOINT_URL = endpoint
    os.environ |= {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": "bench"}
    build_client.cache_clear()
    try:
        yield
    finally:
        settings.AWS_ENDPOINT_URL = before
        os.environ.clear()
        os.environ.update(variables)
        build_client.cache_clear()

"""Clients of frequent calls for one test each, and a frequent call."""

from contextlib import contextmanager
from typing import Any

import pytest
from botocore import exceptions as aws
from django.test import override_settings

from tests.contracts.hot_calls import ITEM
from tracking.adapters.aws import build_client


@contextmanager
def client_at(url: str, service: str = "dynamodb"):
    """A new client that is used by this test alone."""
    with override_settings(AWS_ENDPOINT_URL=url):
        yield build_client.__wrapped__(service, hot=True)


def get_item(client: Any) -> dict[str, Any]:
    return client.get_item(TableName="t", Key=ITEM)


def find_error(client: Any) -> Exception:
    with pytest.raises((aws.BotoCoreError, aws.ClientError)) as raised:
        get_item(client)
    return raised.value

"""AWS clients of the product, with the same region, endpoint, timeouts and retry rule for all."""

import os
import random
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import get_environ_proxies
from django.conf import settings

from tracking.adapters.hot_json import FastParserFactory, write_bodies
from tracking.adapters.kept_connections import Endpoint, KeptConnections
from tracking.adapters.lean_client import LeanClient
from tracking.domain.errors import PermanentError, SwiftLogixError, TransientError
from tracking.progress import report_progress

CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 2
# A long poll of SQS takes up to 10 s.
LONG_POLL_READ_TIMEOUT_S = 15
# The emulator creates a whole stack before it answers, which can take long on a busy machine.
LONG_POLL_SERVICES = ("sqs", "cloudformation")
# Refined place names are optional, so these calls give up early.
SHORT_TIMEOUT_SERVICES = ("geo-places",)
SHORT_CONNECT_TIMEOUT_S = 0.3
SHORT_READ_TIMEOUT_S = 0.5
POOL_SIZE = 32
# Of a lean client: a dozen shards in a process, each with several calls under way.
KEPT_CONNECTIONS = 128
# botocore builds its default user agent twice per call, from a dozen parts, which takes 4 % of the CPU of an
# event. A given user agent is used as it is.
# It names the role, so that calls can be counted by it.
USER_AGENT = f"SwiftLogix/{settings.ROLE} Boto3/{boto3.__version__}"
MAX_ATTEMPTS = 4
BACKOFF_S = 0.05


_TRANSIENT_CODES = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "ThrottlingError",
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "LimitExceededException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "InternalFailure",
        "InternalServerError",
        "InternalError",
        "InternalException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "KMSThrottlingException",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ExpiredToken",
        "ExpiredTokenException",
    }
)


@cache
def build_client(service: str, *, hot: bool = False, purpose: str = "") -> Any:  # noqa: ARG001 - see cache
    """Return the client of an AWS service. It opens no connection before its first call.

    There is one client per process and set of arguments, so a `purpose` has its own connections.

    `hot` leaves out botocore's parameter validation, which takes about half of the CPU of a large write, and
    lets msgspec encode and decode the JSON of the hot operations (`AWS_HOT_PARSER=off` turns that off).
    botocore makes one attempt: it would sleep between attempts without reporting progress. Callers retry.
    """
    connect_timeout, read_timeout = _limit_times(service)
    fast = hot and settings.AWS_HOT_PARSER
    session = botocore.session.Session()
    session.register_component("data_loader", _share_loader())
    if fast:
        session.register_component("response_parser_factory", FastParserFactory())
    client = boto3.session.Session(botocore_session=session).client(
        service,
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        config=Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"total_max_attempts": 1},
            max_pool_connections=POOL_SIZE,
            parameter_validation=not hot,
            tcp_keepalive=True,
            user_agent=USER_AGENT,
            s3={"addressing_style": "path"},
        ),
    )
    client.meta.events.register("before-call", _report_call)
    if fast:
        write_bodies(client)
    if fast and settings.AWS_HOT_CLIENT == "lean":
        return _make_lean(client, session, Endpoint(client.meta.endpoint_url, connect_timeout, read_timeout))
    return client


@cache
def _share_loader() -> Any:
    """Return what reads botocore's descriptions of services; it keeps them, so that each is parsed once."""
    return botocore.session.Session().get_component("data_loader")


def _make_lean(client: Any, session: Any, endpoint: Endpoint) -> Any:
    """Return a lean client around this one, or this one itself if its calls go through a proxy."""
    if get_environ_proxies(endpoint.url) or urlsplit(endpoint.url).path not in ("", "/"):
        return client
    ca_bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    connections = KeptConnections(endpoint._replace(ca_bundle=ca_bundle), KEPT_CONNECTIONS)
    return LeanClient(client, session.get_credentials(), connections)


def _limit_times(service: str) -> tuple[float, float]:
    """Return the connect and read timeouts of a service, in seconds."""
    if service in SHORT_TIMEOUT_SERVICES:
        return SHORT_CONNECT_TIMEOUT_S, SHORT_READ_TIMEOUT_S
    return CONNECT_TIMEOUT_S, LONG_POLL_READ_TIMEOUT_S if service in LONG_POLL_SERVICES else READ_TIMEOUT_S


def _report_call(**_: Any) -> None:
    report_progress()


def is_transient(code: str, http_status: int = 400) -> bool:
    """Return whether a call that failed with this error code of an AWS service may succeed later."""
    return code in _TRANSIENT_CODES or http_status >= 500


def draw_pause_s(attempt: int) -> float:
    """Return how long to wait after an attempt (from 1 on) that failed for now, in seconds."""
    return random.uniform(0, BACKOFF_S * 2**attempt)  # noqa: S311 - jitter, not a secret


def to_domain_error(error: BotoCoreError | ClientError) -> SwiftLogixError:
    """Convert an AWS error to `TransientError` or `PermanentError`, with its code in the message."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "Unknown")
        http_status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        message = f"{error.operation_name}: {code}: {error.response.get('Error', {}).get('Message', '')}"
        return TransientError(message) if is_transient(code, http_status) else PermanentError(message)
    return TransientError(f"{type(error).__name__}: {error}")


# Errors that an adapter catches around a call, to raise them converted by `to_domain_error`.
AWS_ERRORS = (BotoCoreError, ClientError)

"""The one place that makes AWS clients: same region, endpoint, time limits and retry rule for all."""

import random
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
)
from django.conf import settings

from tracking.adapters.hot_json import FastParserFactory, write_bodies
from tracking.domain.errors import PermanentError, SwiftLogixError, TransientError
from tracking.progress import report_progress

CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 2
# A long poll of SQS answers after up to 10 s, so its client waits longer.
LONG_POLL_READ_TIMEOUT_S = 15
# The emulator makes a whole stack before it answers, which takes a while where the machine is busy.
PATIENT_SERVICES = ("sqs", "cloudformation")
# What a place is called can wait for the next event; nothing waits longer than this for it.
HASTY_SERVICES = ("geo-places",)
HASTY_CONNECT_TIMEOUT_S = 0.3
HASTY_READ_TIMEOUT_S = 0.5
POOL_SIZE = 32
# botocore writes its own name anew for each call, twice, from a dozen parts: 4 % of the line's CPU. A name
# that was given is taken as it is.
USER_AGENT = f"SwiftLogix Boto3/{boto3.__version__}"
MAX_TRIES = 4
BACKOFF_S = 0.05

T = TypeVar("T")

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
    """A client of an AWS service, one per process and kind; opens no connection before its first call.

    Who names a `purpose` has a client, and so connections, of its own: the cache goes by all arguments.

    `hot` leaves out botocore's parameter validation, which costs about half of a large write's CPU, and lets
    msgspec write and read the JSON of the hot operations (`AWS_HOT_PARSER=off` leaves that to botocore).
    Retries are ours, not botocore's: one attempt, so that nothing waits where nobody counts it.
    """
    connect_timeout, read_timeout = _limit_times(service)
    fast = hot and settings.AWS_HOT_PARSER
    session = botocore.session.Session()
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
    return client


def _limit_times(service: str) -> tuple[float, float]:
    """How long a call may take to connect, and to be answered (seconds)."""
    if service in HASTY_SERVICES:
        return HASTY_CONNECT_TIMEOUT_S, HASTY_READ_TIMEOUT_S
    return CONNECT_TIMEOUT_S, LONG_POLL_READ_TIMEOUT_S if service in PATIENT_SERVICES else READ_TIMEOUT_S


def _report_call(**_: Any) -> None:
    report_progress()


def is_transient(code: str, http_status: int = 400) -> bool:
    """Whether an error code of an AWS service may heal by itself."""
    return code in _TRANSIENT_CODES or http_status >= 500


def try_again(call: Callable[[], T]) -> T:
    """The call's answer; while it raises `TransientError` it is made again, a few times, after a short wait.

    For calls that are safe to repeat. What stays transient is raised, for whoever knows a longer patience.
    """
    for attempt in range(1, MAX_TRIES):
        try:
            return call()
        except TransientError:
            time.sleep(random.uniform(0, BACKOFF_S * 2**attempt))  # noqa: S311 - jitter, not a secret
    return call()


def as_our_error(error: BotoCoreError | ClientError) -> SwiftLogixError:
    """An AWS failure in our two kinds, with its code in the text."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "Unknown")
        http_status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        message = f"{error.operation_name}: {code}: {error.response.get('Error', {}).get('Message', '')}"
        return TransientError(message) if is_transient(code, http_status) else PermanentError(message)
    return TransientError(f"{type(error).__name__}: {error}")


# What an adapter catches round a call, to raise `as_our_error` of it.
AWS_ERRORS = (BotoCoreError, ClientError)

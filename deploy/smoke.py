"""Smoke test of a deployed product: a few requests from outside, as customers send them."""

import http.client
import ssl
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

# New tasks pass health checks within a minute; a new name needs time to be known.
TRIES, PAUSE_S = 12, 10.0
TIMEOUT_S = 10.0
UNKNOWN_SHIPMENT = "SMOKE-TEST-0"


class Check(NamedTuple):
    """Request of the test: its path, what it proves, the status and a header that are right."""

    path: str
    proves: str
    status: int
    header: tuple[str, str]


class Outcome(NamedTuple):
    """Outcome of a check; `found` says what came instead, empty if it passed."""

    check: Check
    found: str


CHECKS = (
    Check("/healthz", "the role web answers", 200, ("content-type", "application/json")),
    Check("/readyz", "it reaches its database, Redis and AWS", 200, ("content-type", "application/json")),
    Check("/", "pages are drawn", 200, ("content-type", "text/html")),
    Check(
        f"/tracking/{UNKNOWN_SHIPMENT}",
        "the tracking table is read, and an unknown number is kept for 5 s at most",
        404,
        ("content-type", "application/problem+json"),
    ),
    Check(
        "/api/v1/shipments",
        "the partner API refuses a call without a key",
        401,
        ("content-type", "application/"),
    ),
)


def run_checks(base: str, tries: int = TRIES, pause_s: float = PAUSE_S) -> Iterator[Outcome]:
    """Yield the outcome of each check of the product at a base URL; a failed check is tried again.

    Arguments: scheme and host, how often a check is tried, seconds between tries.
    """
    for check in CHECKS:
        found = _try(base, check)
        for _ in range(tries - 1):
            if not found:
                break
            time.sleep(pause_s)
            found = _try(base, check)
        yield Outcome(check, found)


def _try(base: str, check: Check) -> str:
    """Return what is wrong with the answer; empty if nothing is."""
    address = urlsplit(base)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", check.path, headers={"User-Agent": "SwiftLogix-smoke-test"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException, ssl.SSLError) as error:
        return f"no answer: {error or type(error).__name__}"
    finally:
        connection.close()
    name, value = check.header
    if answer.status != check.status:
        return f"status {answer.status} instead of {check.status}"
    got = answer.getheader(name, "")
    return "" if got.startswith(value) else f"{name} {got!r} instead of {value!r}"

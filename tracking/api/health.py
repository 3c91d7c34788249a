"""Health checks: liveness and readiness of the process."""

import time

from django.db import connection
from django.http import HttpRequest, HttpResponse

from tracking.api.bodies import answer_json
from tracking.ports import ports
from tracking.readiness import DRAINING, Dependency, Readiness, describe, is_ready
from tracking.receipts import HOUR, find_slots
from tracking.services.reading.shipments import read_current_state

NO_STORE = {"Cache-Control": "no-store"}


def show_liveness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer `/healthz`: the process is alive. Calls nothing else."""
    return answer_json({"status": "ok"}, headers=NO_STORE)


def show_readiness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer `/readyz`: 200 while the process can serve, else 503; each dependency with its time and error.

    From SIGTERM on the answer is 503 at once. `degraded` means that something is away without which public
    reads are still answered.
    """
    if DRAINING.is_set():
        return answer_json({"status": "draining", "checks": {}}, 503, NO_STORE)
    findings = _readiness.check()
    ready = is_ready(findings)
    status = "failed" if not ready else "degraded" if any(each.error for each in findings) else "ok"
    return answer_json({"status": status, "checks": describe(findings)}, 200 if ready else 503, NO_STORE)


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        # The thread asks seldom; a connection of its own would only be one more on the server.
        connection.close()


def _ask_store() -> None:
    read_current_state(ports(), "readyz")


def _ask_redis() -> None:
    ports().receipts.read(find_slots(HOUR, time.time())[-1:])


_readiness = Readiness(
    (
        Dependency("store", _ask_store, needed=True),
        Dependency("database", _ask_database, needed=False),
        Dependency("redis", _ask_redis, needed=False),
    )
)

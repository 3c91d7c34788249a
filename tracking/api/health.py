"""Whether the process lives, and whether it can answer."""

from collections.abc import Callable

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse

from tracking.api.bodies import answer_json
from tracking.ports import ports
from tracking.services.reading.shipments import read_current_state

NEVER_KEPT = {"Cache-Control": "no-store"}

log = structlog.get_logger()


def show_life(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """`/healthz`: the process answers; asks nobody else."""
    return answer_json({"status": "ok"}, headers=NEVER_KEPT)


def show_readiness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """`/readyz`: 200 when the database and the store answer, else 503, naming what does not."""
    checks = {
        "database": _works(_ask_database),
        "store": _works(lambda: read_current_state(ports(), "readyz")),
    }
    ready = all(checks.values())
    named = {name: "ok" if works else "failed" for name, works in checks.items()}
    body = {"status": "ok" if ready else "failed", "checks": named}
    return answer_json(body, 200 if ready else 503, NEVER_KEPT)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the process is not ready
        log.warning("answer", outcome="not ready", error=f"{type(error).__name__}: {error}")
        return False
    return True

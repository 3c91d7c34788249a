"""Health checks: liveness and readiness of the process."""

from collections.abc import Callable

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse

from tracking.api.bodies import answer_json
from tracking.ports import ports
from tracking.services.reading.shipments import read_current_state

NO_STORE = {"Cache-Control": "no-store"}

log = structlog.get_logger()


def show_liveness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer `/healthz`: the process is alive. Calls nothing else."""
    return answer_json({"status": "ok"}, headers=NO_STORE)


def show_readiness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer `/readyz`: 200 when database and store can be reached, else 503 with the failed checks."""
    checks = {
        "database": _works(_ask_database),
        "store": _works(lambda: read_current_state(ports(), "readyz")),
    }
    ready = all(checks.values())
    results = {name: "ok" if works else "failed" for name, works in checks.items()}
    body = {"status": "ok" if ready else "failed", "checks": results}
    return answer_json(body, 200 if ready else 503, NO_STORE)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - any failure means that the process is not ready
        log.warning("answer", outcome="not ready", error=f"{type(error).__name__}: {error}")
        return False
    return True

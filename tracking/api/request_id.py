"""Request id: sent by the caller or generated, added to every log line, returned in the answer."""

import re
import secrets
from collections.abc import Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

HEADER = "X-Request-Id"
ID_BYTES = 16
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@sync_and_async_middleware
def assign_request_id(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that gives each request its id. Sync and async, so that it costs no thread."""

    async def answer_async(request: HttpRequest) -> HttpResponseBase:
        _begin(request)
        return _echo(request, await get_response(request))

    def answer(request: HttpRequest) -> HttpResponseBase:
        _begin(request)
        return _echo(request, get_response(request))

    return answer_async if iscoroutinefunction(get_response) else answer


def choose_request_id(sent: str) -> str:
    """Return the id that the caller has sent, if it is safe to log; else a new one."""
    return sent if _SAFE.fullmatch(sent) else secrets.token_hex(ID_BYTES)


def _begin(request: HttpRequest) -> None:
    request.request_id = choose_request_id(request.headers.get(HEADER, ""))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request.request_id)


def _echo(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response[HEADER] = request.request_id
    return response

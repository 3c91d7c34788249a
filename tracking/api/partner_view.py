"""Base of the partner API's views: rate limits, idempotency keys and their headers."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from tracking.api.bodies import JsonBytesParser
from tracking.api.idempotency import Claim, claim_request, store_answer
from tracking.api.limits import Kind, count_request
from tracking.ports import ports

READS = ("GET", "HEAD")


class _ReplayedError(Exception):
    """Raised for a request that was answered before. Carries the stored answer."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__("answered before")
        self.answer = answer


class PartnerView(APIView):
    """View for a partner's key. `scopes` maps methods to scopes; `ingest` selects the higher rate limit."""

    parser_classes = [JsonBytesParser]
    scopes: ClassVar[dict[str, str]] = {}
    ingest: ClassVar[bool] = False
    _limit_headers: dict[str, str] = {}
    _claim: Claim | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check key, scope, rate limit and idempotency key before the view runs."""
        super().initial(request, *args, **kwargs)
        kind, today = self._kind(request), datetime.now(UTC).date()
        self._limit_headers = count_request(ports().counter, request.auth, kind, today)
        claim = claim_request(request)
        if claim is not None and claim.replay is not None:
            raise _ReplayedError(claim.replay)
        self._claim = claim

    def handle_exception(self, exc: Exception) -> HttpResponse:
        """Return the stored answer of a repeated request, or problem details of the failure."""
        if isinstance(exc, _ReplayedError):
            return exc.answer
        if isinstance(exc, Throttled):
            self._limit_headers = getattr(exc, "limit_headers", {})
        response: HttpResponse = super().handle_exception(exc)
        return response

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> Any:
        """Store the answer for repeats of the request and add the rate limit headers."""
        if self._claim is not None:
            store_answer(self._claim, response)
        for name, value in self._limit_headers.items():
            response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def _kind(self, request: Request) -> Kind:
        if request.method in READS:
            return "read"
        return "ingest" if self.ingest else "write"

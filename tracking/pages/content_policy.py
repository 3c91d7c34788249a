"""Content-Security-Policy of pages, made once per process for answers that change nothing about it."""

from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# Set by django-csp on a response that has a policy of its own, and on a request that has used a nonce.
OWN = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")


class ContentPolicy(CSPMiddleware):
    """django-csp's middleware, with the usual policy remembered: it builds one for every answer."""

    _remembered: tuple[Any, str] | None = None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the header; a policy of the response's own is built by django-csp."""
        policy = settings.CONTENT_SECURITY_POLICY
        if not _is_usual(request, response):
            return super().process_response(request, response)
        if self._remembered is None or self._remembered[0] is not policy:
            super().process_response(request, response)
            self._remembered = (policy, response[HEADER])
        else:
            response[HEADER] = self._remembered[1]
        return response


def _is_usual(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the answer has the policy of the settings."""
    has_own = HEADER in response or any(hasattr(response, name) for name in OWN)
    return not (has_own or settings.DEBUG or getattr(request, "_csp_nonce", None))

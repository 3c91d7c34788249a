"""Django's middleware for pages: sessions, users, forms and messages. Requests of the partner API pass by it.

A partner sends a key and nothing else, so that no request of the API has a session, a user, a form token or a
message. Its views are exempt from the check of form tokens.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

PARTNER_API = "/api/v1/"


class _ForPages:
    """Middleware that leaves requests of the partner API to the next one."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(PARTNER_API):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class Sessions(_ForPages, SessionMiddleware):
    """Sessions of pages."""


class FormTokens(_ForPages, CsrfViewMiddleware):
    """Form tokens of pages."""


class Users(_ForPages, AuthenticationMiddleware):
    """Users of pages."""


class Messages(_ForPages, MessageMiddleware):
    """Messages of pages."""

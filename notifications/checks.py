"""Django system checks of the settings of notifications."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from notifications.ports import ports
from notifications.wording import MAX_PUBLIC_URL


def check_public_url(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Return an error if links are too long for a transport that counts the characters of its messages."""
    limited = [one.declaration.label for one in ports().transports.values() if one.declaration.limit]
    length = len(settings.PUBLIC_URL)
    if length <= MAX_PUBLIC_URL or not limited:
        return []
    by = ", ".join(limited)
    message = f"PUBLIC_URL has {length} characters: links in messages by {by} would be too long."
    hint = f"Set an address of at most {MAX_PUBLIC_URL} characters, with its https://."
    return [Error(message, hint=hint, id="notifications.E001")]

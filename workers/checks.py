"""Django system checks of the settings of worker processes."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from workers.consumers.queue_workload import SLOTS_PER_QUEUE
from workers.runtime import LISTENERS


def check_listener_slots(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Return an error unless a single process of the role `queues` has slots for all queues."""
    needed = SLOTS_PER_QUEUE * len(LISTENERS)
    if needed <= settings.LISTENER_SLOTS:
        return []
    message = f"LISTENER_SLOTS is {settings.LISTENER_SLOTS}: a single process cannot listen to all queues."
    hint = f"Set it to {needed} or more ({SLOTS_PER_QUEUE} for each of the {len(LISTENERS)} queues)."
    return [Error(message, hint=hint, id="workers.E001")]

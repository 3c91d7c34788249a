"""What Django asks of this floor's settings before a process of it starts."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from workers.consumers.queue_duty import SLOTS_A_QUEUE
from workers.runtime import LISTENERS


def check_listener_slots(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Whether one process of `queues` that is left alone can listen to all of them."""
    asked = SLOTS_A_QUEUE * len(LISTENERS)
    if asked <= settings.LISTENER_SLOTS:
        return []
    told = f"LISTENER_SLOTS is {settings.LISTENER_SLOTS}: one process alone would leave queues unheard."
    hint = f"Set it to {asked} or more ({SLOTS_A_QUEUE} for each of the {len(LISTENERS)} queues)."
    return [Error(told, hint=hint, id="workers.E001")]

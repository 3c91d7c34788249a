"""Django app of the workers."""

from django.apps import AppConfig
from django.core.checks import register


class WorkersConfig(AppConfig):
    """Registers the app and its checks."""

    name = "workers"

    def ready(self) -> None:
        """Register the settings checks."""
        # Imported here, because the services of the runtimes import models.
        from workers.checks import check_listener_slots

        register(check_listener_slots)

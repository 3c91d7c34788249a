"""Django app configuration of notifications."""

from django.apps import AppConfig
from django.core.checks import register


class NotificationsConfig(AppConfig):
    """Registers the app and its checks."""

    name = "notifications"

    def ready(self) -> None:
        """Register the settings checks."""
        # Imported here, because the ports import models.
        from notifications.checks import check_public_url

        register(check_public_url)

"""Django app configuration of webhooks."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Configuration of the app `webhooks`."""

    name = "notifications.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        """Let incidents announce themselves to webhooks."""
        from notifications.webhooks import incident_webhooks  # noqa: F401 - It connects itself to incidents.

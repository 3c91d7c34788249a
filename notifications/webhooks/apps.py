"""Django app configuration of webhooks."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Configuration of the app `webhooks`."""

    name = "notifications.webhooks"
    label = "webhooks"

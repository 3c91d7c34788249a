"""Django app configuration of notifications."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Configuration of the app `notifications`."""

    name = "notifications"

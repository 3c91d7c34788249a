"""The Django app of notifications."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Gives Django the name of the app."""

    name = "notifications"

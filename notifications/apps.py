"""The Django app of this floor."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Names the floor for Django."""

    name = "notifications"

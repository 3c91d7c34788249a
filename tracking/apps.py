"""The Django app of this floor."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """Names the floor for Django."""

    name = "tracking"

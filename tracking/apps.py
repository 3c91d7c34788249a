"""Django app of this package."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """Names the floor for Django."""

    name = "tracking"

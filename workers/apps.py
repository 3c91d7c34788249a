"""The Django app of this floor."""

from django.apps import AppConfig


class WorkersConfig(AppConfig):
    """Names the floor for Django."""

    name = "workers"

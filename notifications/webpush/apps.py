"""Django app configuration of web push."""

from django.apps import AppConfig


class WebPushConfig(AppConfig):
    """Configuration of the app `webpush`."""

    name = "notifications.webpush"
    label = "webpush"

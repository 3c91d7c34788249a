"""ASGI application of the role `web`: pages and API by Django, WebSockets by Channels."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs Django to be set up

from tracking.consumers import socket_urls  # noqa: E402 - needs Django to be set up
from tracking.page_consumer import page_socket_urls  # noqa: E402 - needs Django to be set up

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([*socket_urls, *page_socket_urls]))
        ),
    }
)

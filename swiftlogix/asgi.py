"""ASGI application of the role `web`: the edge, then Django on threads for HTTP, Channels for WebSockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
pages_and_api = get_wsgi_application()

from channels.sessions import CookieMiddleware  # noqa: E402 - needs Django to be set up
from django.conf import settings  # noqa: E402 - needs Django to be set up
from django.urls import re_path  # noqa: E402 - needs Django to be set up

from swiftlogix.edge.application import protect  # noqa: E402 - needs Django to be set up
from swiftlogix.edge.counted_reads import CountedReads  # noqa: E402 - needs Django to be set up
from swiftlogix.edge.direct_reads import DirectReads  # noqa: E402 - needs Django to be set up
from swiftlogix.edge.kept_answers import KeptAnswers  # noqa: E402 - needs Django to be set up
from swiftlogix.edge.public_limit import may_read  # noqa: E402 - needs Django to be set up
from swiftlogix.edge.sockets import close_unknown  # noqa: E402 - needs Django to be set up
from swiftlogix.edge.thread_pool import FixedThreads  # noqa: E402 - needs Django to be set up
from tracking.consumers import socket_urls  # noqa: E402 - needs Django to be set up
from tracking.ops_consumer import staff_socket_urls  # noqa: E402 - needs Django to be set up
from tracking.page_consumer import page_socket_urls  # noqa: E402 - needs Django to be set up
from tracking.receipts import RECEIPTS  # noqa: E402 - needs Django to be set up

# The last route takes every path that no consumer has.
sockets = URLRouter([*socket_urls, *page_socket_urls, *staff_socket_urls, re_path("", close_unknown)])
threads = FixedThreads(pages_and_api, settings.WEB_THREADS)
kept_answers = KeptAnswers(DirectReads(threads, may_read), may_read)
counted_reads = CountedReads(kept_answers, RECEIPTS)
application = protect(
    ProtocolTypeRouter(
        {
            "http": counted_reads,
            "websocket": AllowedHostsOriginValidator(CookieMiddleware(sockets)),
        }
    ),
    settings.TRUSTED_PROXIES,
    behind_cloudfront=settings.BEHIND_CLOUDFRONT,
    sockets_per_address=settings.SOCKETS_PER_ADDRESS,
)

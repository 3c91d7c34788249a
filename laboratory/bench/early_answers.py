"""Web role as it was before answers were kept in memory and states in Redis; with early answers, or without.

The settings decide which: those of the product, or `laboratory.bench.whole_middleware`.
"""

from dataclasses import replace

from django.core.wsgi import get_wsgi_application

pages_and_api = get_wsgi_application()

from django.conf import settings

from swiftlogix.edge.application import protect
from swiftlogix.edge.thread_pool import FixedThreads
from tracking.kept_state_ports import NoKeptStates
from tracking.ports import ports, wire

wire(replace(ports(), kept_states=NoKeptStates()))
application = protect(
    FixedThreads(pages_and_api, settings.WEB_THREADS),
    settings.TRUSTED_PROXIES,
    behind_cloudfront=settings.BEHIND_CLOUDFRONT,
)

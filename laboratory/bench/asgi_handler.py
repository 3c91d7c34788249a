"""Pages and API on Django's ASGI handler behind the edge, as they were before the pool of threads."""

from dataclasses import replace

from django.core.asgi import get_asgi_application

pages_and_api = get_asgi_application()

from django.conf import settings

from swiftlogix.edge.application import protect
from tracking.kept_state_ports import NoKeptStates
from tracking.ports import ports, wire

wire(replace(ports(), kept_states=NoKeptStates()))
application = protect(pages_and_api, settings.TRUSTED_PROXIES, behind_cloudfront=settings.BEHIND_CLOUDFRONT)

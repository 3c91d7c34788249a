"""Turns tracing on, where OTEL_TRACES_EXPORTER names an exporter."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from tracking import tracing

SINK = "swiftlogix.otel_sink.OtelSink"


def set_up() -> None:
    """Send spans to the exporter of the settings; without one nothing is traced.

    Raises `ImproperlyConfigured` if the packages of the extra `otel` are missing.
    """
    if settings.TRACES_EXPORTER == "none":
        return
    try:
        sink = import_string(SINK)
    except ImportError as error:
        raise ImproperlyConfigured(f"OTEL_TRACES_EXPORTER needs the extra otel: {error}") from error
    tracing.trace_to(sink(settings.TRACES_EXPORTER, f"swiftlogix-{settings.ROLE}", settings.TRACES_FILE))

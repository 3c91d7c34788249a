"""Logging as events with fields, one JSON object per line on stdout, as metrics are.

Logs of a command go to stderr, since its stdout is its result. Every line is masked: structlog,
Django, the web server, Celery, a package, or Python about an exception that nothing caught.
"""

import logging
import sys
import threading
from types import TracebackType

import structlog
from django.conf import settings

from swiftlogix.masking import mask_line

# Roles that run for long; a command prints its errors to the person who has called it.
LONG_RUNNING = ("web", "shards", "queues", "beat")
# Loggers that bring handlers of their own, which would write past the masking.
WITH_OWN_HANDLERS = (
    "uvicorn",
    "uvicorn.access",
    "uvicorn.error",
    "celery",
    "celery.task",
    "celery.redirected",
)


def set_up() -> None:
    """Write the events of structlog and of the standard library's logging as JSON lines."""
    stream = sys.stderr if settings.ROLE == "command" else sys.stdout
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(), mask_line]
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.LOG_LEVEL]
        ),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
    )
    output = logging.StreamHandler(stream)
    output.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(logging.WARNING)
    logging.getLogger("django.request").setLevel(logging.ERROR)
    # Requests with a foreign Host come from scanners all day; the answer is 400, and nothing of ours failed.
    logging.getLogger("django.security").setLevel(logging.CRITICAL)
    for name in WITH_OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [], True
    if settings.ROLE in LONG_RUNNING:
        _log_what_python_prints()


def _log_what_python_prints() -> None:
    """Log warnings, and exceptions that end the process or a thread, instead of printing them."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda lost: _log_uncaught(lost.exc_type, lost.exc_value, lost.exc_traceback)


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    if error is not None and not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("uncaught").critical("uncaught exception", exc_info=(kind, error, traceback))

"""Program that plants a secret in every way in which a process of the product may write a line."""

import logging
import os
import sys
import threading
import warnings

import structlog

# Named as in the test that runs this program.
SECRET = os.environ["PLANTED_SECRET"]
LINE = f"/t/{SECRET} Authorization: Bearer {SECRET} slx_live_ab12cd34_{SECRET} /ws/track/{SECRET}/"
LOGGERS = (
    "",
    "django.request",
    "uvicorn.error",
    "uvicorn.access",
    "celery.task",
    "celery",
    "botocore",
    "asyncio",
)


def main() -> None:
    """Write through every logger, warn, fail in a thread, and fail at the end."""
    import django

    django.setup()
    from swiftlogix.celery import app

    # What a Celery worker does to logging when it starts.
    app.log.setup("INFO")
    structlog.get_logger().warning("planted", path=LINE, nested={"headers": [LINE]})
    for name in LOGGERS:
        try:
            fail()
        except RuntimeError:
            logging.getLogger(name).exception("failed at %s", LINE)
    warnings.warn(LINE, stacklevel=1)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.stdout.flush()
    fail()


def fail() -> None:
    """Raise an error that nothing catches."""
    raise RuntimeError(LINE)


if __name__ == "__main__":
    main()

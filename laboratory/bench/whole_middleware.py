"""Settings of the product without its early answers: every request passes the whole middleware."""

from swiftlogix.settings import *  # noqa: F403 - Django reads its settings as names of one module

EARLY = "tracking.pages.early.answer_early"
MIDDLEWARE = [name for name in MIDDLEWARE if name != EARLY]  # noqa: F405 - as above

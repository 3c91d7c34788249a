"""Settings of the product with the row of one more transport."""

from swiftlogix.settings import *  # noqa: F403
from swiftlogix.settings import TRANSPORTS as _PRODUCT
from swiftlogix.settings import VAR_DIR

TRANSPORTS = _PRODUCT | {
    "pigeon": {
        "class": "tests.notifications.new_transport.pigeon.PigeonTransport",
        "options": {"loft": VAR_DIR / "loft"},
        "consent_field": "pigeon",
    },
}
WIRED_TRANSPORTS = list(TRANSPORTS)

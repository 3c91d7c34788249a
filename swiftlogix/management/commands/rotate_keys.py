"""`manage.py rotate_keys`: replace a key in the rows that were stored with older ones."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from notifications.address_hashes import reseal_hash_key
from notifications.webhooks.endpoint_secrets import reseal_secrets
from notifications.webpush.subscriptions import reseal_subscriptions
from tracking.services.partners.key_rotation import renew_links, reseal_recipients


def reseal() -> int:
    """Seal everything that `RECIPIENT_KEYS` seals with the first of them; return the number of rows."""
    return reseal_recipients() + reseal_secrets() + reseal_hash_key() + reseal_subscriptions()


KINDS: dict[str, Callable[[], int]] = {"recipients": reseal, "links": renew_links}


class Command(BaseCommand):
    """Seals with the newest of RECIPIENT_KEYS, or renews links after a new TRACKING_TOKEN_KEY."""

    help = (
        "recipients: seal keys of recipients and secrets of webhooks with the first of RECIPIENT_KEYS, so"
        " that older ones can be dropped. links: store links made with the present TRACKING_TOKEN_KEY; older"
        " links end."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to replace, and the output format."""
        parser.add_argument("kind", choices=sorted(KINDS))
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Replace the key and print how many rows have changed."""
        kind = options["kind"]
        changed = KINDS[kind]()
        if options["json"]:
            self.stdout.write(json.dumps({"kind": kind, "changed": changed}))
        else:
            self.stdout.write(f"{changed} rows have changed.")

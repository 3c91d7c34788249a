"""`manage.py erase_recipient`: erase the recipient of a booking; the events of the parcel stay."""

import json
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.accounts import forget_messages
from notifications.webpush.subscriptions import forget_subscriptions
from tracking.services.partners.erasure import erase_recipient
from tracking.services.requests.refusals import UnknownError


class Command(BaseCommand):
    """Deletes the key and the fields of the recipient of one booking. Cannot be undone."""

    help = (
        "Destroy one recipient's key and fields: name, phone, e-mail, address, PIN code, metadata, consent."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the shipment, and the output format."""
        parser.add_argument("shipment_id")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Erase the recipient and print the result."""
        shipment_id = options["shipment_id"]
        try:
            erase_recipient(shipment_id)
        except UnknownError as error:
            raise CommandError(f"There is no shipment {shipment_id}.") from error
        forget_subscriptions(shipment_id)
        result = {"shipment_id": shipment_id, "erased": True, "messages": forget_messages(shipment_id)}
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(f"The recipient of {shipment_id} is erased.")

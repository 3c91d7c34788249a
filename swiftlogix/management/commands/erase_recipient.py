"""`manage.py erase_recipient`: forget whom a booking goes to; what happened to the parcel stays."""

import json
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.accounts import forget_messages
from tracking.services.partners.erasure import erase_recipient
from tracking.services.requests.refusals import UnknownError


class Command(BaseCommand):
    """Destroys the key and the fields of one booking's recipient; cannot be undone."""

    help = (
        "Destroy one recipient's key and fields: name, phone, e-mail, address, PIN code, metadata, consent."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose recipient."""
        parser.add_argument("shipment_id")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Erase and print."""
        shipment_id = options["shipment_id"]
        try:
            erase_recipient(shipment_id)
        except UnknownError as error:
            raise CommandError(f"There is no shipment {shipment_id}.") from error
        shown = {"shipment_id": shipment_id, "erased": True, "messages": forget_messages(shipment_id)}
        if options["json"]:
            self.stdout.write(json.dumps(shown))
        else:
            self.stdout.write(f"The recipient of {shipment_id} is erased.")

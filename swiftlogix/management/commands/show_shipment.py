"""`manage.py show_shipment ID`: prints what the store holds about a shipment."""

from typing import Any, ClassVar

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.ports import ports


class Command(BaseCommand):
    """Prints the state and the events of a shipment, which the table holds compressed."""

    help = "Print what the store holds about a shipment: one JSON object with its state and its events."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the id of the shipment."""
        parser.add_argument("shipment_id", metavar="ID")

    def handle(self, **options: Any) -> None:
        """Read both and print them; exits with 1 if the store has no state of the shipment."""
        store, shipment_id = ports().store, options["shipment_id"]
        state = store.read_state(shipment_id)
        if state is None:
            raise CommandError(f"The store has no shipment {shipment_id}.")
        stored = {"state": state, "events": store.read_timeline(shipment_id)}
        self.stdout.write(msgspec.json.format(msgspec.json.encode(stored)).decode())

"""`manage.py restore_vehicles`: write owner and class of all registered vehicles to the store again."""

from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from tracking.ports import ports
from tracking.services.partners.vehicles import restore_registrations


class Command(BaseCommand):
    """Writes what the line reads of each vehicle, from the relational database. Safe to repeat."""

    help = "Write owner and class of all registered vehicles to the store again; safe to repeat."
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, **_options: Any) -> None:
        """Write all registrations, and print their number."""
        self.stdout.write(f"{restore_registrations(ports().vehicles)} vehicles written")

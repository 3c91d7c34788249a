"""Django app that wires ports to adapters when Django is ready."""

from django.apps import AppConfig


class SwiftLogixConfig(AppConfig):
    """Wires the ports at start; adapters open no connection until they are first used."""

    name = "swiftlogix"

    def ready(self) -> None:
        """Set up logging and put an adapter behind every port."""
        from swiftlogix import telemetry, wiring

        telemetry.set_up()
        wiring.wire_all()

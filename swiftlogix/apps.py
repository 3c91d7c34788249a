"""The assembly as a Django app: when Django is ready, every port gets its adapter."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class SwiftLogixConfig(AppConfig):
    """Wires the ports at start; adapters open no connection until they are first used."""

    name = "swiftlogix"
    default = True

    def ready(self) -> None:
        """Set up logs and put an adapter behind every port."""
        from swiftlogix import telemetry, wiring

        telemetry.set_up()
        wiring.wire_all()


class StaticConfig(StaticFilesConfig):
    """Leaves out what packages bring and no page of ours asks for."""

    # Extensions of htmx import its bare name, which no hashed name can stand for; htmx 4 has other defaults;
    # Redoc loads fonts from another host.
    ignore_patterns = (*StaticFilesConfig.ignore_patterns, "ext", "htm*-4*", "redoc")

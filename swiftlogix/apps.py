"""Django apps of the assembly: one wires ports to adapters, one is Django's admin with our site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SwiftLogixConfig(AppConfig):
    """Wires the ports at start; adapters open no connection until they are first used."""

    name = "swiftlogix"

    def ready(self) -> None:
        """Set up logging and put an adapter behind every port."""
        from swiftlogix import telemetry, wiring

        telemetry.set_up()
        wiring.wire_all()


class StaffAdmin(admin_apps.AdminConfig):
    """Django's admin with the site that asks for both factors and writes the audit log."""

    default = False
    default_site = "tracking.pages.admin_site.StaffAdminSite"

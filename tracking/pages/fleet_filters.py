"""Filters of the fleet page: hub, partner and state of vehicles, kept in the address."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest

from tracking.models import Hub, Partner
from tracking.pages.vehicles import STATE_STYLES, VehicleRow
from tracking.services.reading.staff_scope import narrow_scope
from tracking.services.reading.vehicle_affiliations import VehicleAffiliation
from tracking.services.requests.roles import Scope

MAX_LENGTH = 64
# Chosen as a state: every state but silent.
LIVE = "live"
NO_AFFILIATION = VehicleAffiliation(None, ())


class FleetFilter(NamedTuple):
    """Hub, partner and state that the shown vehicles have; empty text does not limit, `LIVE` is not silent.

    `filters.js` repeats the rule in the browser.
    """

    hub: str = ""
    partner: str = ""
    status: str = ""

    def admits(self, row: VehicleRow, affiliations: VehicleAffiliation) -> bool:
        """Return whether the vehicle of this row, with these affiliations, is shown."""
        return (
            (not self.hub or self.hub in affiliations.hubs)
            and (not self.partner or self.partner == affiliations.partner)
            and (
                not self.status or self.status == row.state or (self.status == LIVE and row.state != "silent")
            )
        )

    def admits_incident(self, row: Mapping[str, Any]) -> bool:
        """Return whether an incident is shown, given as a row with its hubs and its partner."""
        is_at_hub = not self.hub or self.hub in row["hubs"]
        return is_at_hub and (not self.partner or self.partner == row["partner"])

    @property
    def narrowing(self) -> dict[str, str]:
        """Chosen hub and partner, as parameters of an address; they narrow key figures and incidents too."""
        chosen = {"hub": self.hub, "partner": self.partner}
        return {name: value for name, value in chosen.items() if value}


def read_filter(request: HttpRequest) -> FleetFilter:
    """Return the filters in the address; an unknown state does not limit."""
    given = {name: request.GET.get(name, "")[:MAX_LENGTH] for name in FleetFilter._fields}
    return FleetFilter(
        **(given | {"status": given["status"] if given["status"] in (LIVE, *STATE_STYLES) else ""})
    )


def narrow(scope: Scope, wanted: FleetFilter) -> Scope:
    """Return the part of the scope at the chosen hub and of the chosen partner."""
    return narrow_scope(scope, wanted.hub, wanted.partner) if wanted.narrowing else scope


def filter_rows(
    rows: Iterable[VehicleRow], affiliations: Mapping[str, VehicleAffiliation], wanted: FleetFilter
) -> list[VehicleRow]:
    """Return the rows that the filters admit, in their order."""
    return [row for row in rows if wanted.admits(row, affiliations.get(row.vehicle_id, NO_AFFILIATION))]


def list_options(scope: Scope) -> dict[str, Any]:
    """Return the choices of the filters: hubs and partners within the scope, and the states."""
    hubs = Hub.objects.order_by("name")
    partners = Partner.objects.order_by("name")
    return {
        "hubs": hubs.filter(pk__in=scope.hubs) if scope.hubs else hubs,
        "partners": partners.filter(pk__in=scope.partners) if scope.partners else partners,
        "states": [(LIVE, "Live"), *((code, style.text) for code, style in STATE_STYLES.items())],
    }

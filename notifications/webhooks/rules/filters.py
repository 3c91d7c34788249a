"""Types of webhooks, and the filter of an endpoint: types by name or by prefix, narrowed by statuses."""

from typing import NamedTuple

from tracking.domain.events import CHANGE_TYPES
from tracking.domain.status import Status

SHIPMENT_PREFIX = "shipment."
SHIPMENT_TYPES = tuple(SHIPMENT_PREFIX + name for name in CHANGE_TYPES)
INCIDENT_OPENED, INCIDENT_RESOLVED = "incident.opened", "incident.resolved"
TEST, DISABLED = "webhook.test", "webhook.disabled"
TYPES = (*SHIPMENT_TYPES, INCIDENT_OPENED, INCIDENT_RESOLVED, TEST, DISABLED)
ALL_OF_SHIPMENTS = SHIPMENT_PREFIX + "*"
# A partner asks for a test itself, so no filter holds it back.
UNFILTERED = frozenset({TEST})


class Filter(NamedTuple):
    """Filter of an endpoint; an empty set of statuses accepts each status.

    `types` holds names of types and `shipment.*`. `statuses` narrows types of shipments alone.
    """

    types: frozenset[str]
    statuses: frozenset[str] = frozenset()

    def accepts(self, type_name: str, status: str | None = None) -> bool:
        """Return whether the endpoint gets a webhook of this type; `status` is the one after the change."""
        if type_name in UNFILTERED:
            return True
        is_of_shipment = type_name.startswith(SHIPMENT_PREFIX)
        if type_name not in self.types and not (is_of_shipment and ALL_OF_SHIPMENTS in self.types):
            return False
        return not is_of_shipment or not self.statuses or status in self.statuses


def find_unknown(chosen: Filter) -> list[str]:
    """List the types and statuses of a filter that do not exist, sorted."""
    known_types = {*TYPES, ALL_OF_SHIPMENTS}
    return sorted((chosen.types - known_types) | (chosen.statuses - set(Status)))

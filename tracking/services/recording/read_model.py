"""Read model: columns of a shipment's row for search and lists, updated from its state on every change."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.ports import ShipmentStore
from tracking.services.reading.feed import append_change

# Columns that never differ from the state once its changes are handled: every move of them is a change.
COMPARED_COLUMNS = ("status", "status_at", "is_delayed")


def update_read_model(store: ShipmentStore, change: Change) -> None:
    """Update the shipment's row to its current state and append the change to its partner's feed.

    Creates a row for a shipment that was never booked. Safe for repeats and any order: the state is read
    again, since one commit may cause several changes of the same version, and an older version never
    overwrites a newer one. Raises `TransientError` when the store cannot be reached.
    """
    state = store.read_state(change.shipment_id)
    if state is None:
        return
    keep_row(state)
    append_change(change, state, timezone.now())


def keep_row(state: ShipmentState) -> None:
    """Write this state into the shipment's row, unless the row holds a newer one."""
    if not _update(state):
        Shipment.objects.get_or_create(
            shipment_id=state.shipment_id, defaults=_columns(state) | {"livemode": state.livemode}
        )


def find_differing(states: Iterable[ShipmentState]) -> list[ShipmentState]:
    """Return the states whose row is missing or differs.

    A ping moves the version and the window without a change, so a row may be behind in these, never ahead.
    """
    by_id = {state.shipment_id: state for state in states}
    rows = {row.shipment_id: row for row in Shipment.objects.filter(shipment_id__in=by_id)}
    return [state for key, state in by_id.items() if not _is_current(rows.get(key), state)]


def rebuild_row(state: ShipmentState) -> None:
    """Write this state into the row, whatever the row holds. The columns of the booking stay."""
    created = {"livemode": state.livemode}
    Shipment.objects.update_or_create(
        shipment_id=state.shipment_id, defaults=_columns(state), create_defaults=_columns(state) | created
    )


def _is_current(row: Shipment | None, state: ShipmentState) -> bool:
    columns = _columns(state)
    return (
        row is not None
        and row.state_version <= state.state_version
        and all(getattr(row, name) == columns[name] for name in COMPARED_COLUMNS)
    )


def _update(state: ShipmentState) -> bool:
    """Return whether a row exists; it then holds this state or a newer one."""
    rows = Shipment.objects.filter(shipment_id=state.shipment_id)
    older = rows.filter(state_version__lt=state.state_version)
    return bool(older.update(**_columns(state))) or rows.exists()


def _columns(state: ShipmentState) -> dict[str, Any]:
    return {
        "status": state.status.value,
        "substatus": state.substatus or "",
        "status_at": state.status_at,
        "is_delayed": state.is_delayed,
        "attempts": state.attempts,
        "eta_at": state.eta.at if state.eta else None,
        "state_version": state.state_version,
        "updated_at": timezone.now(),
    }

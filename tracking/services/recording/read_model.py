"""Keep the read model: each shipment's columns for search and lists follow its state, told by changes."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.ports import ShipmentStore
from tracking.services.reading.feed import append_change

# The columns whose every move is a change, told to whoever keeps a list.
TOLD = ("status", "status_at", "is_delayed")


def take_change(store: ShipmentStore, change: Change) -> None:
    """Bring the shipment's row up to its state and its partner's feed up to the change.

    A row is made for a shipment nobody booked.

    Bears repeats and any order: the state is read anew, since one commit may cause several changes of the
    same version, and an older version never overwrites a newer one. Raises `TransientError` when the store
    cannot be reached.
    """
    state = store.read_state(change.shipment_id)
    if state is None:
        return
    keep_row(state)
    append_change(change, state, timezone.now())


def keep_row(state: ShipmentState) -> None:
    """Bring the shipment's row up to this state, unless it holds a newer one."""
    if not _update(state):
        Shipment.objects.get_or_create(
            shipment_id=state.shipment_id, defaults=_columns(state) | {"livemode": state.livemode}
        )


def find_differing(states: Iterable[ShipmentState]) -> list[ShipmentState]:
    """Those of these whose row is missing or says something else.

    What a ping moves (version, window) is told by no change: a row may be behind in it, never ahead.
    """
    known = {state.shipment_id: state for state in states}
    rows = {row.shipment_id: row for row in Shipment.objects.filter(shipment_id__in=known)}
    return [state for key, state in known.items() if not _agrees(rows.get(key), state)]


def rebuild_row(state: ShipmentState) -> None:
    """Make the row hold this state, whatever it holds; the booking's own columns stay."""
    made = {"livemode": state.livemode}
    Shipment.objects.update_or_create(
        shipment_id=state.shipment_id, defaults=_columns(state), create_defaults=_columns(state) | made
    )


def _agrees(row: Shipment | None, state: ShipmentState) -> bool:
    told = _columns(state)
    return (
        row is not None
        and row.state_version <= state.state_version
        and all(getattr(row, name) == told[name] for name in TOLD)
    )


def _update(state: ShipmentState) -> bool:
    """Whether there is a row, which then holds this state or a newer one."""
    rows = Shipment.objects.filter(shipment_id=state.shipment_id)
    older = rows.filter(state_version__lt=state.state_version)
    return bool(older.update(**_columns(state))) or rows.exists()


def _columns(state: ShipmentState) -> dict[str, Any]:
    return {
        "status": state.status.value,
        "substatus": state.substatus or "",
        "status_at": state.status_at,
        "is_delayed": state.is_delayed,
        "eta_at": state.eta.at if state.eta else None,
        "state_version": state.state_version,
        "updated_at": timezone.now(),
    }

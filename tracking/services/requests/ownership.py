"""Ownership: which shipments and vehicles a caller may report, by partner and mode."""

from collections.abc import Collection

from django.db.models import Q

from tracking.models import IdSeries, Shipment, Vehicle
from tracking.services.requests.callers import Caller


def read_series(caller: Caller) -> tuple[str, ...]:
    """Return the prefixes of the ids that the caller may book, in the mode of its key."""
    series = IdSeries.objects.filter(partner=caller.partner, livemode=caller.livemode)
    return tuple(series.values_list("prefix", flat=True))


def find_foreign_shipments(caller: Caller, shipment_ids: Collection[str]) -> frozenset[str]:
    """Return those of the ids that the caller may not report: neither its bookings nor in its series.

    An id in its series that another partner has booked is foreign too.
    """
    if not shipment_ids:
        return frozenset()
    booked = Shipment.objects.filter(shipment_id__in=shipment_ids, partner__isnull=False)
    is_own = Q(partner=caller.partner, livemode=caller.livemode)
    own = set(booked.filter(is_own).values_list("shipment_id", flat=True))
    others = set(booked.exclude(is_own).values_list("shipment_id", flat=True))
    series = read_series(caller) if len(own) < len(set(shipment_ids)) else ()
    return frozenset(
        each for each in shipment_ids if each not in own and (each in others or not each.startswith(series))
    )


def find_own_vehicles(caller: Caller, vehicle_ids: Collection[str]) -> frozenset[str]:
    """Return those of the vehicles that the caller has registered in the mode of its key."""
    if not vehicle_ids:
        return frozenset()
    own = Vehicle.objects.filter(vehicle_id__in=vehicle_ids, partner=caller.partner, livemode=caller.livemode)
    return frozenset(own.values_list("vehicle_id", flat=True))


def find_foreign_vehicles(caller: Caller, vehicle_ids: Collection[str]) -> frozenset[str]:
    """Return those of the vehicles that another partner, or the caller in its other mode, has registered."""
    if not vehicle_ids:
        return frozenset()
    registered = Vehicle.objects.filter(vehicle_id__in=vehicle_ids)
    return frozenset(registered.values_list("vehicle_id", flat=True)) - find_own_vehicles(caller, vehicle_ids)

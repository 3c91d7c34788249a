"""Hubs and their geofences."""

from django.db import DatabaseError, connection

from tracking.domain.errors import TransientError
from tracking.domain.geofence import Geofence, make_geofence
from tracking.models import Hub


def read_geofences() -> list[Geofence]:
    """Return the geofence of every hub. Raises `TransientError` when the database cannot be reached.

    Called once a minute from threads that use the database for nothing else, so the connection is closed.
    """
    try:
        hubs = list(Hub.objects.order_by("hub_id").values_list("hub_id", "lat", "lon", "name"))
    except DatabaseError as error:
        raise TransientError(f"hubs cannot be read: {error}") from error
    finally:
        connection.close()
    return [make_geofence(hub_id, "hub", lat, lon, name) for hub_id, lat, lon, name in hubs]

"""Names positions offline in the usual way: one k-d tree query per point, over the same post offices."""

from tracking.domain.events import Place
from workers.places.atlas import Atlas
from workers.places.plane import project


class NearestOffice:
    """Names a point by its nearest post office, one point per call; says less than the product."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas

    def locate(self, lat: float, lon: float) -> Place:
        """Return the place of one point in degrees."""
        x, y, scale = project(lat, lon)
        distance, office = self._atlas.offices.tree.query((x, y))
        district, state = self._atlas.districts[self._atlas.offices.district[office]]
        return Place(
            district=district,
            state=state,
            pincode=str(self._atlas.pincodes[self._atlas.offices.pincode[office]]),
            quality="near",
            distance_km=round(float(distance / scale), 2),
            source="offline",
            dataset_version=self._atlas.version,
        )

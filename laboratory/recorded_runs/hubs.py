"""Reads the hubs that a recording's bookings refer to: those of the simulator's worlds."""

import tomllib
from pathlib import Path

from tracking.domain.events import HubPoint

WORLDS = Path(__file__).parents[1] / "simulator"


def read_hubs() -> dict[str, HubPoint]:
    """Read all hubs of all worlds, by id."""
    texts = [
        tomllib.loads((WORLDS / name).read_text(encoding="utf-8")) for name in ("pilot.toml", "full.toml")
    ]
    return {
        hub["hub_id"]: HubPoint(hub["hub_id"], hub["name"], hub["lat"], hub["lon"])
        for text in texts
        for hub in text["hubs"]
    }

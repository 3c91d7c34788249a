"""A simulation put together: world, fleet, faults, ledger, booking desk and stream, by a set of options."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swiftlogix.simulator.faults import ALL_FAULTS, FaultyWay
from swiftlogix.simulator.fleet import build_fleet, make_run_tag, run_fleet
from swiftlogix.simulator.ledger import Ledger
from swiftlogix.simulator.outlet import StreamOutlet
from swiftlogix.simulator.partner import PartnerDesk
from swiftlogix.simulator.reports import Booking
from swiftlogix.simulator.run import Outlet, Run
from swiftlogix.simulator.world import PILOT, load_world


@dataclass(frozen=True)
class Options:
    """What a simulation needs to know; `rate` is events a second in all, `seconds` None means without end.

    Without `api` and `api_key` nothing is booked: the shipments are then unknown until their first scan.
    """

    stream: str
    region: str = "ap-south-1"
    endpoint: str | None = None
    api: str | None = None
    api_key: str = ""
    vehicles: int = 50
    rate: float = 20.0
    seed: int = 1
    seconds: float | None = None
    faults: frozenset[str] = ALL_FAULTS
    ledger: Path | None = None
    world: Path = PILOT


class Simulation:
    """A fleet ready to drive from now on."""

    def __init__(self, options: Options, outlet: Outlet | None = None) -> None:
        self._options = options
        self._started_at = time.time()
        self._ledger = Ledger(options.ledger)
        self._desk = self._open_desk()
        tag = make_run_tag(self._started_at)
        fleet = build_fleet(load_world(options.world), options.vehicles, options.rate, options.seed, tag)
        self._run = Run(
            steps=run_fleet(fleet),
            way=FaultyWay(options.faults, options.seed, self._started_at),
            outlet=outlet or StreamOutlet(options.stream, options.region, options.endpoint),
            ledger=self._ledger,
            started_at=self._started_at,
            book=self._desk.book if self._desk else _leave_unbooked,
        )

    def drive(self, stop: threading.Event) -> None:
        """Drive until `stop` is set or the time is over."""
        self._run.drive(stop, self._options.seconds)

    def close(self) -> None:
        """Book nothing more and close the ledger; what is accepted later is not noted."""
        if self._desk:
            self._desk.stop()
        self._ledger.close()

    def summarise(self) -> dict[str, Any]:
        """What has been done so far: records by kind, bookings, and the seconds it took."""
        put = self._run.put
        return {
            "seconds": round(time.time() - self._started_at, 1),
            "vehicles": self._options.vehicles,
            "put": put.total(),
            "put_by_kind": dict(sorted(put.items())),
            "failed_calls": self._run.failed_calls,
            "booked": self._desk.booked if self._desk else 0,
            "refused": self._desk.refused if self._desk else 0,
            "last_refusal": self._desk.last_refusal if self._desk else "",
        }

    def _open_desk(self) -> PartnerDesk | None:
        options = self._options
        if not options.api:
            return None
        return PartnerDesk(options.api, options.api_key, self._ledger, self._started_at)


def _leave_unbooked(booking: Booking) -> None:
    """There is no API to book with."""

"""Past of a demo's fleet: legs in the hours before its start, from which the product has learned.

Without it, windows begin with what is typical of Indian hubs. The vans of a demo drive short tours at any
hour: each window would be hours too long, and would miss the arrival.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile

from laboratory.simulator.fleet import FleetOptions, build_fleet, make_run_tag, merge_steps
from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth
from laboratory.simulator.world import World
from tracking.domain.legs import ANY_CLASS, RECIPIENT, FinishedLeg, LegProfile, normalize_class
from tracking.eta.durations import tour_key
from tracking.eta.learning import learn
from tracking.ports import LaneStatisticsStore
from tracking.services.prediction.history import finish_in_order
from tracking.services.prediction.learning import leave_out_windows
from tracking.services.prediction.leg_files import RecordedLeg

# A larger fleet teaches the same in more time.
MOST_VEHICLES = 100
ARRIVED = ("in_transit", "arrived_destination_hub")
LOADED = ("out_for_delivery", "loaded")


def learn_past(
    lanes: LaneStatisticsStore, world: World, fleet_options: FleetOptions, started_at: float
) -> int:
    """Learn from the legs before `started_at` (epoch seconds); return how many there were.

    Nothing is learned if one of the hubs has learned already. Raises `TransientError`.
    """
    if lanes.read([tour_key(hub_id) for hub_id in world.hubs]):
        return 0
    past = Past(started_at)
    past.follow(_drive_before(world, fleet_options, started_at))
    # Nobody was shown these windows: they do not count in their public quality.
    legs = [*map(leave_out_windows, finish_in_order({}, past.hub_legs)), *past.tours]
    lanes.put(learn({}, legs))
    return len(legs)


def _drive_before(world: World, fleet_options: FleetOptions, started_at: float) -> Iterator[Step]:
    """Yield the steps of the fleet before its start; its devices are still silent then."""
    some = replace(fleet_options, vehicles=min(fleet_options.vehicles, MOST_VEHICLES))
    fleet = build_fleet(world, some, make_run_tag(started_at), started_at)
    return takewhile(lambda step: step.at < 0, merge_steps(fleet))


@dataclass
class Past:
    """Legs between hubs and tours to recipients, collected from the steps of a fleet."""

    started_at: float
    hub_legs: list[RecordedLeg] = field(default_factory=list)
    tours: list[FinishedLeg] = field(default_factory=list)
    _bookings: dict[str, Booking] = field(default_factory=dict)
    _arrived: dict[str, float] = field(default_factory=dict)
    _loaded: dict[str, float] = field(default_factory=dict)
    _stops_ahead: dict[str, int] = field(default_factory=dict)

    def follow(self, steps: Iterable[Step]) -> None:
        """Collect the legs that end in these steps, which are in order of time."""
        for step in steps:
            match step:
                case Booking():
                    self._bookings[step.parcel.shipment_id] = step
                case Manifest():
                    self._stops_ahead |= {name: ahead for ahead, name in enumerate(step.shipment_ids)}
                case Report():
                    self._follow_scan(step)
                case Truth(kind="leg"):
                    self.hub_legs.append(self._make_hub_leg(step))
                case Truth(kind="attempt", fields={"number": 1, "false": False}):
                    self._end_tour(step)

    def _follow_scan(self, scan: Report) -> None:
        status = scan.fields.get("status"), scan.fields.get("substatus")
        if status == ARRIVED:
            self._arrived[scan.fields["shipment_id"]] = scan.at
        elif status == LOADED:
            self._loaded[scan.fields["shipment_id"]] = scan.at

    def _make_hub_leg(self, leg: Truth) -> RecordedLeg:
        fields = leg.fields
        vehicle_class = normalize_class(fields["vehicle_class"])
        profile = LegProfile(
            fields["origin"], fields["destination"], vehicle_class, "p", fields["planned_minutes"]
        )
        departed_at, arrived_at = self._moment(fields["departed_s"]), self._moment(fields["arrived_s"])
        return RecordedLeg(fields["leg_id"], profile, departed_at, arrived_at)

    def _end_tour(self, attempt: Truth) -> None:
        """Collect the tour of a parcel up to its first attempt, if its booking and its loading are known."""
        name = attempt.fields["shipment_id"]
        booking, loaded, arrived = self._bookings.get(name), self._loaded.get(name), self._arrived.get(name)
        if booking is None or loaded is None:
            return
        self.tours.append(
            FinishedLeg(
                origin=booking.parcel.route[-1],
                destination=RECIPIENT,
                vehicle_class=ANY_CLASS,
                base_from="d",
                base_min=0.0,
                departed_at=self._moment(loaded),
                arrived_at=self._moment(attempt.at),
                shipment_id=name,
                dwelt_min=None if arrived is None else (loaded - arrived) / 60,
                stops_ahead=self._stops_ahead.get(name),
                booked_at=self._moment(booking.at),
                promised_at=self._moment(booking.promised[1]),
            )
        )

    def _moment(self, second: float) -> datetime:
        return datetime.fromtimestamp(self.started_at + second, UTC)

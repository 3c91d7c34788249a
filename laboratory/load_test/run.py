"""One run under load: shipments are booked, screens opened, reports sent, and everything looked up again."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from laboratory.bench.live_screens import LiveScreens, read_reported
from laboratory.load_test.product import Product, list_missing
from laboratory.load_test.reports import Schedule, make_deliveries
from laboratory.load_test.sender import TICK_S, Sender, Sent
from laboratory.local.meter.report import compute_percentiles

# The promise of the product: 99 of 100 reports are on their screens within this.
PROMISED_MS = 1_000.0
# The last reports are on their screens, and recorded, within this, unless a caller waits longer.
PATIENCE_S = 30.0
# Of so many shipments all events are read back.
LOOKED_UP = 40
# Between the last booking and the first report.
LEAD_S = 1.0
# A new state of a shipment; its own time comes before those of its steps.


class Load(Struct, frozen=True):
    """Load to put on the product: reports a second, for how long, over how many shipments and screens."""

    rate: int
    seconds: int
    shipments: int
    screens: int


class Outcome(Struct, frozen=True):
    """Result of a run. Delays are in ms from the moment at which a report was meant to be sent.

    `refused` counts tries that the stream did not take, `given_up` reports that it never took, `unrecorded`
    accepted reports of the shipments that were looked up and are not there, `behind` screens that never
    showed their last report, `closed` screens that were refused.
    """

    load: Load
    sent: int
    refused: int
    given_up: int
    looked_up: int
    unrecorded: int
    screens: int
    closed: int
    behind: int
    frames: int
    stream_p99_ms: float | None
    screen_p50_ms: float | None
    screen_p99_ms: float | None

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is missing."""
        return not (self.given_up or self.unrecorded or self.behind or self.closed)

    @property
    def is_held(self) -> bool:
        """Return whether nothing is missing, and screens are as soon as promised."""
        return self.is_whole and (self.screen_p99_ms or 0.0) <= PROMISED_MS


def run_load(
    product: Product,
    hubs: tuple[str, str],
    load: Load,
    report_progress: Callable[[str], None],
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Put the product under load once, with shipments between two hubs. Raises `LoadError`.

    `patience_s` is how long the last reports may take until they are on their screens, and recorded.
    """
    report_progress(f"booking {load.shipments} shipments")
    shipment_ids = product.book(load.shipments, hubs, datetime.now(UTC))
    product.wait_until_shown(shipment_ids, patience_s)
    watched = shipment_ids[: load.screens]
    report_progress(f"opening {len(watched)} screens")
    with LiveScreens(product.server, watched, read_age) as screens:
        report_progress(f"sending {load.rate} reports a second for {load.seconds} s")
        schedule = Schedule(shipment_ids, _soon(), load.rate, load.seconds)
        sent = Sender(product.stream.put).send(schedule.list_batches(TICK_S))
        behind = screens.wait_for(_list_last(watched, sent), patience_s)
        refused, delays_ms = screens.refused, list(screens.delays_ms)
    report_progress("reading events back")
    chosen = {key: sent.accepted[key] for key in shipment_ids[:LOOKED_UP] if key in sent.accepted}
    unrecorded = list_missing(product, chosen, patience_s)
    _deliver(product, shipment_ids, load.rate)
    shown = compute_percentiles(delays_ms)
    return Outcome(
        load=load,
        sent=len(sent.late_s) + sent.given_up,
        refused=sent.refused,
        given_up=sent.given_up,
        looked_up=sum(len(times) for times in chosen.values()),
        unrecorded=unrecorded,
        screens=len(watched),
        closed=refused,
        behind=behind - refused if watched else 0,
        frames=len(delays_ms),
        stream_p99_ms=compute_percentiles([late * 1000 for late in sent.late_s])["p99"],
        screen_p50_ms=shown["p50"],
        screen_p99_ms=shown["p99"],
    )


def read_age(payload: bytes) -> tuple[int, float] | None:
    """Return the moment that a state's newest report tells, in epoch milliseconds, and its age in seconds."""
    moment_s = read_reported(payload)
    return None if moment_s is None else (round(moment_s * 1000), time.time() - moment_s)


def _soon() -> datetime:
    """Return the begin of the load, in whole milliseconds, as reports tell it."""
    moment = datetime.now(UTC) + timedelta(seconds=LEAD_S)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _list_last(watched: Sequence[str], sent: Sent) -> list[int]:
    """Return by screen the moment of the last report that the stream took, in epoch milliseconds."""
    accepted: Mapping[str, Sequence[datetime]] = sent.accepted
    return [round(max(accepted[key]).timestamp() * 1000) if key in accepted else 0 for key in watched]


def _deliver(product: Product, shipment_ids: Sequence[str], rate: int) -> None:
    """End all journeys, no faster than the load, and wait until the last ones are recorded.

    So a run that was too much leaves nothing for the next one to wait for.
    """
    last = make_deliveries(shipment_ids, _soon(), rate)
    step = max(1, round(rate * TICK_S))
    sent = Sender(product.stream.put).send(last[start : start + step] for start in range(0, len(last), step))
    ended = {key: sent.accepted[key] for key in shipment_ids[-LOOKED_UP:] if key in sent.accepted}
    list_missing(product, ended, PATIENCE_S)

"""What goes wrong between a device and the stream: repeats, disorder, broken records, unknown words."""

import bisect
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from laboratory.simulator.chance import draw_between, draw_from_quantiles, draw_name, open_chance, pick
from laboratory.simulator.devices import CLOCK, DEVICE_FAULTS
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.parcels import STATUS_FAULTS
from laboratory.simulator.reports import Report

REPEAT, RESENT, DISORDER, BROKEN, UNKNOWN_STATUS = "repeat", "resent", "disorder", "broken", "unknown_status"
# In this order: the die that strikes a report is cut into their shares, whether they are wanted or not.
WAY_FAULTS = (REPEAT, RESENT, DISORDER, BROKEN, UNKNOWN_STATUS)
ALL_FAULTS = frozenset(WAY_FAULTS) | DEVICE_FAULTS | STATUS_FAULTS
UNKNOWN_WORDS = ("gate_pass_issued", "bag_sealed", "sorted_manually")
# A record takes this long from the device to the stream; one out of order takes longer.
WAY_S = 0.1
REPEAT_S = (0.0, 8.0)
# A clock that is further off than this makes a record that nobody can use.
CLOCK_LIMIT_S = 86_400.0
DICE_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is put on the stream at `due` (seconds since the start), and what it is in truth.

    `kind` says what the product should make of it: an `event`, nothing new (`repeat`), a record set aside
    (`broken`), an event without a status (`unknown_status`). `fault` names what went wrong with it.
    """

    due: float
    report: Report
    raw: bytes
    kind: str
    fault: str | None = None

    @property
    def at(self) -> float:
        """When the device made the report."""
        return self.report.at

    @property
    def key(self) -> str:
        """The partition key."""
        return self.report.key

    @property
    def identity(self) -> dict[str, Any]:
        """What names the report; nothing for a broken record."""
        return {} if self.kind == BROKEN else self.report.fields


def parse_faults(text: str) -> frozenset[str]:
    """`all`, `none` or names with commas between them; raises `ValueError` for a name nobody knows."""
    if text in ("all", "none"):
        return ALL_FAULTS if text == "all" else frozenset()
    names = frozenset(name.strip() for name in text.split(","))
    if names - ALL_FAULTS:
        unknown, known = ", ".join(sorted(names - ALL_FAULTS)), ", ".join(sorted(ALL_FAULTS))
        raise ValueError(f"no such fault: {unknown} (there are {known})")
    return names


class FaultyWay:
    """The way from the devices to the stream; with no faults every report arrives once and in order."""

    def __init__(
        self, faults: Collection[str], seed: int, started_at: float, parameters: Parameters | None = None
    ) -> None:
        self._faults = faults
        self._parameters = parameters or Parameters()
        shares = (getattr(self._parameters, f"{fault}_share") for fault in WAY_FAULTS)
        self._marks = list(accumulate(shares))
        self._strikes = open_chance(seed, "strikes")
        self._dice: list[float] = []
        # Each fault has dice of its own, so that leaving one out does not move the others.
        self._chances = {fault: open_chance(seed, fault) for fault in WAY_FAULTS}
        self._started_at = started_at

    def send(self, report: Report) -> list[Record]:
        """The records a report becomes."""
        record = self._write(report)
        fault = self._strike()
        if fault is None:
            return [record]
        if fault == BROKEN:
            return [record, self._break(record)]
        # A report without a time has the stream's: late it would be another fact, and a repeat a new one.
        if not report.stamped:
            return [record]
        if fault == DISORDER:
            late = draw_from_quantiles(self._chances[DISORDER], self._parameters.disorder_s)
            return [replace(record, due=record.due + late, fault=record.fault or DISORDER)]
        if fault == REPEAT:
            later = record.due + draw_between(self._chances[REPEAT], REPEAT_S)
            return [record, replace(record, due=later, kind=_repeat_of(record), fault=REPEAT)]
        if fault == RESENT:
            return [record, self._resend(report)]
        return [record, self._misname(report)] if "shipment_id" in report.fields else [record]

    def _strike(self) -> str | None:
        """What befalls the next report."""
        if not self._dice:
            self._dice = self._strikes.random(DICE_AT_ONCE).tolist()
        index = bisect.bisect_right(self._marks, self._dice.pop())
        fault = WAY_FAULTS[index] if index < len(WAY_FAULTS) else None
        return fault if fault in self._faults else None

    def _write(self, report: Report, kind: str = "event", fault: str | None = None) -> Record:
        due = (report.held_until or report.at) + WAY_S
        fault = fault or report.flaw
        if abs(report.clock_off) > CLOCK_LIMIT_S:
            kind, fault = BROKEN, CLOCK
        return Record(due, report, report.write(self._started_at), kind, fault)

    def _break(self, record: Record) -> Record:
        raw = pick(
            self._chances[BROKEN],
            (
                record.raw[: len(record.raw) // 2],
                b"\x00\xff low battery",
                b'{"lat":12.97,"lon":77.59,"status":"in_transit"}',
                b'{"shipment_id":"SLX-BROKEN","lat":1297.16,"lon":77.59}',
            ),
        )
        return replace(record, raw=raw, kind=BROKEN, fault=BROKEN)

    def _resend(self, report: Report) -> Record:
        """The same fix once more under another name, as a device does that lost the answer."""
        named = {"event_id": f"r_{draw_name(self._chances[RESENT])}"}
        fields = {name: value for name, value in report.fields.items() if name != "device_seq"} | named
        return self._write(replace(report, fields=fields), fault=RESENT)

    def _misname(self, report: Report) -> Record:
        chance = self._chances[UNKNOWN_STATUS]
        named = {"event_id": f"u_{draw_name(chance)}", "status": pick(chance, UNKNOWN_WORDS)}
        # Without the device's count, which is taken by the report itself.
        left_out = {"substatus", "device_id", "device_seq"}
        fields = {name: value for name, value in report.fields.items() if name not in left_out} | named
        return self._write(replace(report, fields=fields), UNKNOWN_STATUS, UNKNOWN_STATUS)


def _repeat_of(record: Record) -> str:
    """A record that nobody can read is not read the second time either."""
    return BROKEN if record.kind == BROKEN else REPEAT

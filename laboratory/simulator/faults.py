"""Faults between a device and the stream: repeats, disorder, broken records, unknown statuses."""

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
# The order matters: one draw per report selects a fault by these shares, whether it is enabled or not.
UPLINK_FAULTS = (REPEAT, RESENT, DISORDER, BROKEN, UNKNOWN_STATUS)
ALL_FAULTS = frozenset(UPLINK_FAULTS) | DEVICE_FAULTS | STATUS_FAULTS
UNKNOWN_WORDS = ("gate_pass_issued", "bag_sealed", "sorted_manually")
# Seconds from the device to the stream; a record out of order takes longer.
UPLINK_S = 0.1
REPEAT_S = (0.0, 8.0)
# A record whose clock is further off than this is refused by the product.
CLOCK_LIMIT_S = 86_400.0
DICE_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Record:
    """Record that is put on the stream at `due` (seconds since the start).

    `kind` is what the product should make of it: an `event`, nothing new (`repeat`), a quarantined record
    (`broken`), or an event without a status (`unknown_status`). `fault` names the injected fault.
    """

    due: float
    report: Report
    raw: bytes
    kind: str
    fault: str | None = None

    @property
    def at(self) -> float:
        """Return when the device made the report, in seconds since the start."""
        return self.report.at

    @property
    def key(self) -> str:
        """Return the partition key."""
        return self.report.key

    @property
    def identity(self) -> dict[str, Any]:
        """Return the report's fields, which identify it; {} for a broken record."""
        return {} if self.kind == BROKEN else self.report.fields


def parse_faults(text: str) -> frozenset[str]:
    """Parse `all`, `none` or comma-separated names; raises `ValueError` for an unknown name."""
    if text in ("all", "none"):
        return ALL_FAULTS if text == "all" else frozenset()
    names = frozenset(name.strip() for name in text.split(","))
    if names - ALL_FAULTS:
        unknown, names_text = ", ".join(sorted(names - ALL_FAULTS)), ", ".join(sorted(ALL_FAULTS))
        raise ValueError(f"no such fault: {unknown} (there are {names_text})")
    return names


class FaultyUplink:
    """Connection from the devices to the stream; without faults every report arrives once and in order."""

    def __init__(
        self, faults: Collection[str], seed: int, started_at: float, parameters: Parameters | None = None
    ) -> None:
        self._faults = faults
        self._parameters = parameters or Parameters()
        shares = (getattr(self._parameters, f"{fault}_share") for fault in UPLINK_FAULTS)
        self._marks = list(accumulate(shares))
        self._fault_dice = open_chance(seed, "strikes")
        self._dice: list[float] = []
        # Each fault has a random source of its own, so that disabling one does not change the others.
        self._chances = {fault: open_chance(seed, fault) for fault in UPLINK_FAULTS}
        self._started_at = started_at

    def send(self, report: Report) -> list[Record]:
        """Return the records that a report becomes."""
        record = self._write(report)
        fault = self._draw_fault()
        if fault is None:
            return [record]
        if fault == BROKEN:
            return [record, self._break(record)]
        # A report without a time gets the stream's: delayed or repeated it would be another event.
        if not report.stamped:
            return [record]
        if fault == DISORDER:
            late = draw_from_quantiles(self._chances[DISORDER], self._parameters.disorder_s)
            return [replace(record, due=record.due + late, fault=record.fault or DISORDER)]
        if fault == REPEAT:
            later = record.due + draw_between(self._chances[REPEAT], REPEAT_S)
            return [record, replace(record, due=later, kind=_find_repeat_kind(record), fault=REPEAT)]
        if fault == RESENT:
            return [record, self._resend(report)]
        return [record, self._add_unknown_status(report)] if "shipment_id" in report.fields else [record]

    def _draw_fault(self) -> str | None:
        """Draw the fault of the next report, or None."""
        if not self._dice:
            self._dice = self._fault_dice.random(DICE_AT_ONCE).tolist()
        index = bisect.bisect_right(self._marks, self._dice.pop())
        fault = UPLINK_FAULTS[index] if index < len(UPLINK_FAULTS) else None
        return fault if fault in self._faults else None

    def _write(self, report: Report, kind: str = "event", fault: str | None = None) -> Record:
        due = (report.held_until or report.at) + UPLINK_S
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
        """Return the same report with another event id, as sent by a device that missed the answer."""
        changed = {"event_id": f"r_{draw_name(self._chances[RESENT])}"}
        fields = {name: value for name, value in report.fields.items() if name != "device_seq"} | changed
        return self._write(replace(report, fields=fields), fault=RESENT)

    def _add_unknown_status(self, report: Report) -> Record:
        chance = self._chances[UNKNOWN_STATUS]
        changed = {"event_id": f"u_{draw_name(chance)}", "status": pick(chance, UNKNOWN_WORDS)}
        # Without the device's sequence number, which the report itself has used.
        left_out = {"substatus", "device_id", "device_seq"}
        fields = {name: value for name, value in report.fields.items() if name not in left_out} | changed
        return self._write(replace(report, fields=fields), UNKNOWN_STATUS, UNKNOWN_STATUS)


def _find_repeat_kind(record: Record) -> str:
    """Return the kind of a record's repeat: a broken record stays broken."""
    return BROKEN if record.kind == BROKEN else REPEAT

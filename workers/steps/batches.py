"""Figures of one batch of the line, for the meter of the steps and for latency receipts."""

from typing import NamedTuple

from tracking.histograms import Buckets, find_bucket
from tracking.receipts import Stage
from workers.steps.meter import Spans, Step

# Steps between reading and push, and the stage of a receipt that each of them belongs to.
_STAGES: dict[Step, Stage] = {"decode": "enrich", "enrich": "enrich", "record": "record", "push": "push"}


class BatchFigures(NamedTuple):
    """Spans of the records of a batch before it, in buckets, spans of its steps, number of refused records.

    `waits` are from the arrival of each record until it was read, `device` from the time of each device's
    report until it arrived.
    """

    waits: Buckets
    device: Buckets
    spans: Spans
    refused: int

    def make_receipt(self) -> dict[Stage, Buckets]:
        """Return the stages of the batch's events; each of them took as long as its whole batch."""
        seconds: dict[Stage, float] = {}
        counts: dict[Stage, int] = {}
        for step, span_s, count in self.spans:
            stage = _STAGES[step]
            seconds[stage] = seconds.get(stage, 0.0) + span_s
            counts[stage] = count
        receipt: dict[Stage, Buckets] = {"worker": self.waits, "device": self.device}
        for stage, count in counts.items():
            if count:
                receipt[stage] = {find_bucket(1000 * seconds[stage]): count}
        return receipt

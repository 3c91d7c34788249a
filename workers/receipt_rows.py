"""Rows of the latency receipt as operators see it: each stage with its figures of the last hour and day."""

from typing import NamedTuple

from tracking.receipts import STAGES, Stage
from tracking.services.reading.platform_status import PlatformStatus, StageFigures

# What a stage measures, in the words of the console.
MEANINGS: dict[Stage, str] = {
    "device": "from the device's time to the stream",
    "worker": "on the stream until it is read",
    "enrich": "decoded, place and forecast",
    "record": "durable",
    "push": "handed to open pages",
    "screen": "from the stream to open pages, all together",
    "publish": "from recording until the bus has the change",
    "notified": "from recording until a provider has the message",
}


class ReceiptRow(NamedTuple):
    """Stage with its meaning and its figures of the last hour and day."""

    stage: Stage
    meaning: str
    hour: StageFigures
    day: StageFigures


def list_receipt_rows(status: PlatformStatus) -> list[ReceiptRow]:
    """Return a row for each stage, in the order of an event's way."""
    return [
        ReceiptRow(stage, MEANINGS[stage], status.hour.stages[stage], status.day.stages[stage])
        for stage in STAGES
    ]

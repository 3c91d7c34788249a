"""Latencies of a batch: one value per event, in milliseconds, in the order of the arrivals."""

from datetime import timedelta

from tests.events import at
from tracking.metrics import latencies_ms


def test_the_latency_of_each_event_is_measured_from_its_arrival():
    arrivals = [at(0), at(1), at(1) - timedelta(milliseconds=250)]
    assert latencies_ms(arrivals, at(1)) == [60_000.0, 0.0, 250.0]

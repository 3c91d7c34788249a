"""Trains a dictionary for the compressed values of rows, from the shipments of replayed runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import zstandard

from laboratory.recorded_runs.hubs import read_hubs
from laboratory.recorded_runs.recording import read_recording
from laboratory.recorded_runs.run_replay import RunReplay
from tracking.adapters.items import encode, find_detail
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.packed import LEVEL

# States and details are as many; more teach nothing new, and take minutes.
SAMPLES_A_KIND = 1500

Values = dict[str, list[bytes]]


class TooFewValuesError(Exception):
    """Raised when runs are too short to train with; the message says how many values they give."""


class Sizes(NamedTuple):
    """Mean bytes of values: as JSON, compressed without a dictionary, and with it."""

    json: int
    compressed: int
    with_dictionary: int


class Trained(NamedTuple):
    """A dictionary, and the sizes of values that it was not trained with, by kind."""

    dictionary: bytes
    sizes: dict[str, Sizes]


def train(recordings: Iterable[Path], number: int, size: int) -> Trained:
    """Train a dictionary of so many bytes with every second shipment of some runs; try it with the others.

    Raises `BadFileError` if a recording cannot be read, `TooFewValuesError` if the runs are too short.
    """
    samples: list[bytes] = []
    tried: Values = defaultdict(list)
    for recording in recordings:
        replay = RunReplay(read_hubs())
        replay.replay(read_recording(recording))
        shipment_ids = sorted(replay.store.read_shipment_ids())
        for values in _read_values(replay.store, shipment_ids[::2]).values():
            samples += _take_evenly(values)
        for kind, values in _read_values(replay.store, shipment_ids[1::2]).items():
            tried[kind] += values
    try:
        dictionary = zstandard.train_dictionary(size, samples, dict_id=number, level=LEVEL)
    except zstandard.ZstdError as error:
        raise TooFewValuesError(f"{len(samples)} values are too few for {size} bytes: {error}") from error
    sizes = {kind: _measure(values, dictionary) for kind, values in tried.items()}
    return Trained(dictionary.as_bytes(), sizes)


def _read_values(store: MemoryShipmentStore, shipment_ids: Sequence[str]) -> Values:
    events = [event for shipment_id in shipment_ids for event in store.read_timeline(shipment_id)]
    return {
        "state": [encode(state) for state in store.read_states(shipment_ids).values()],
        "detail": [encode(find_detail(event)) for event in events],
    }


def _take_evenly(values: Sequence[bytes]) -> Iterator[bytes]:
    yield from values[:: max(1, len(values) // SAMPLES_A_KIND)]


def _measure(values: Sequence[bytes], dictionary: zstandard.ZstdCompressionDict) -> Sizes:
    plain, trained = zstandard.ZstdCompressor(LEVEL), zstandard.ZstdCompressor(LEVEL, dict_data=dictionary)
    return Sizes(
        _mean(len(value) for value in values),
        _mean(len(plain.compress(value)) for value in values),
        _mean(len(trained.compress(value)) for value in values),
    )


def _mean(sizes: Iterable[int]) -> int:
    found = list(sizes)
    return round(sum(found) / len(found)) if found else 0

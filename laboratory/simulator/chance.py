"""Random sources of a fleet, each determined by the seed and a name."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Chance = np.random.Generator


def open_chance(seed: int, *names: object) -> Chance:
    """Open the random source of these names, spawned from the run's seed sequence.

    It depends only on the seed and the names: not on other sources or on the process's hash seed.
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    words = tuple(int.from_bytes(digest[start : start + 4], "big") for start in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words)))


def pick(chance: Chance, things: Sequence[T]) -> T:
    """Draw one of the things, all equally likely."""
    return things[int(chance.random() * len(things))]


def draw_between(chance: Chance, span: Sequence[float]) -> float:
    """Draw a uniform number between the two ends of a span."""
    return span[0] + (span[1] - span[0]) * chance.random()


def draw_from_quantiles(chance: Chance, quantiles: Sequence[tuple[float, float]]) -> float:
    """Draw a positive number with these (share, value) quantiles, log-linear between them."""
    shares, values = zip(*quantiles, strict=True)
    return float(np.exp(np.interp(chance.random(), shares, np.log(values))))


def draw_name(chance: Chance) -> str:
    """Draw twenty hexadecimal digits for a unique id."""
    # Five times as fast as `bytes`, which took a quarter of a fleet's time.
    draw = chance.bit_generator.random_raw
    return f"{draw():016x}{draw() >> 48:04x}"

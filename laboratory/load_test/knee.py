"""Search for the knee: the highest rate at which nothing is missing and screens are as soon as promised."""

from collections.abc import Callable

from laboratory.load_test.run import Outcome

# The search ends when the rates that are held and not held are as near as this.
NEAR = 1.2
MOST = 100_000


def find_knee(measure: Callable[[int], Outcome], first: int) -> list[Outcome]:
    """Double the rate until it is not held, then halve the gap; return all outcomes in order of their rates.

    `measure` puts the product under load at a rate. If the first rate is not held, it is the only one.
    """
    outcomes = {first: measure(first)}
    held, lost = (first, None) if outcomes[first].is_held else (0, first)
    while held and lost is None and held * 2 <= MOST:
        outcomes[held * 2] = measure(held * 2)
        held, lost = (held * 2, None) if outcomes[held * 2].is_held else (held, held * 2)
    while held and lost is not None and lost > held * NEAR:
        middle = round((held * lost) ** 0.5)
        outcomes[middle] = measure(middle)
        held, lost = (middle, lost) if outcomes[middle].is_held else (held, middle)
    return [outcomes[rate] for rate in sorted(outcomes)]


def name_knee(outcomes: list[Outcome]) -> int:
    """Return the highest rate that was held, 0 if none was."""
    return max((outcome.load.rate for outcome in outcomes if outcome.is_held), default=0)

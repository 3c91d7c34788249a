"""Explanation of an arrival window in words: each reason with the figures behind it."""

from collections.abc import Iterator

from tracking.domain.events import Eta, Explanation, Struct
from tracking.domain.explain_shown import describe_shown_reasons
from tracking.domain.shown_window import ShownWindow

# Legs that the deepest level of history with enough of them is about.
_HISTORY = {
    "lane": "legs of this lane",
    "hub": "legs of this length into this hub",
    "class": "legs of this length",
    "global": "legs of all lanes; the lane itself is too little known",
}


class WindowReason(Struct, frozen=True):
    """Reason for an arrival window: its code, and a sentence with its figures."""

    code: str
    says: str


def explain_window(eta: Eta, shown: ShownWindow) -> list[WindowReason]:
    """Return the reasons for a prediction and for the window that people are shown, as it is shown now.

    First what the arrival is predicted from and how wide the prediction is, then why the shown window is
    wider or lies elsewhere. A part whose reasons were not stored has none.
    """
    reasons = [*_find_reasons(eta.explanation, eta)] if eta.explanation else []
    reasons += describe_shown_reasons(shown, eta.as_of)
    return [WindowReason(code=code, says=says) for code, says in reasons]


def _find_reasons(known: Explanation, eta: Eta) -> Iterator[tuple[str, str]]:
    if known.base_min:
        source = "planned" if known.base_from == "planned" else "of free-flow driving"
        yield "base", f"The leg ahead has {known.base_min:g} minutes {source}."
        yield "history", f"It takes {known.travel_time_ratio:g} times as long, by {_describe_history(known)}."
    else:
        yield "history", f"No leg between hubs is ahead; {known.count} tours from the hub are known."
    if known.remaining_km is not None:
        yield "position", f"{known.remaining_km:g} km in a straight line are left."
    if known.dwell_ahead_min:
        yield "dwell", f"{known.dwell_ahead_min:g} minutes of stays at hubs lie ahead."
    if known.stops_ahead is not None:
        yield "stops", f"{known.stops_ahead} stops come before this one."
    yield "width", _describe_width(known, eta)
    if known.widening is not None:
        percent = 100 * (known.widening - 1)
        yield (
            "widening",
            f"It is {percent:.1f} % wider than that, since too few of the last arrivals lay inside.",
        )


def _describe_history(known: Explanation) -> str:
    return f"{known.count} {_HISTORY[known.level]}" if known.count else _HISTORY[known.level]


def _describe_width(known: Explanation, eta: Eta) -> str:
    minutes = (eta.to - eta.from_).total_seconds() / 60
    source = "the errors of earlier windows of that length" if known.residuals_key else "earlier tours"
    return f"The window is {minutes:.0f} minutes wide: by {source}, 8 of 10 arrivals lie inside."

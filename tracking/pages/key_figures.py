"""Cards of the key figures on the fleet page: each links to what it counts, and shows its last hours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tracking.figure_sample_ports import SLOT_S
from tracking.pages.indian_numbers import group_digits
from tracking.pages.playbooks import find_path
from tracking.ports import TrackingPorts
from tracking.services.operations.figure_trends import NO_TREND, SHOWN_SLOTS, Trend, read_trends
from tracking.services.requests.roles import Scope
from tracking.status_style import Tone

HOURS = SHOWN_SLOTS * SLOT_S // 3600
# A line through fewer samples shows nothing.
MIN_POINTS = 5
# One lost sample does not break the line, two do.
MAX_STEP = 2
# Size of the drawing: one unit for each slot, and its height in px.
WIDTH, HEIGHT = SHOWN_SLOTS - 1, 20
# Free space above and below the line, so that its stroke is not cut off.
MARGIN = 2


class Kind(NamedTuple):
    """Kind of card: its figure, label, view and what follows that in the address, and the tone above 0."""

    name: str
    label: str
    view: str
    place: str = ""
    tone: Tone | None = None


KINDS = (
    Kind("vehicles_live", "vehicles live", "ops:fleet", "?view=table&status=live"),
    Kind("vehicles_silent", "silent", "ops:fleet", "?view=table&status=silent"),
    Kind("out_for_delivery", "out for delivery", "ops:shipments", "?status=out_for_delivery"),
    Kind("delivered_today", "delivered today", "ops:shipments", "?status=delivered&since=today"),
    Kind("on_time_pct", "on time today", "ops:kpis"),
    Kind("open_incidents", "open incidents", "ops:incidents", tone="bad"),
    Kind("quarantined", "quarantined", "workers:pipeline", "#pipeline-quarantine", tone="warn"),
)
# Figures that a limited scope does not have.
UNLIMITED = {"quarantined"}


class Card(NamedTuple):
    """Key figure as shown: text, label, address, tone.

    `line` is the path of the last hours (empty for too few samples), `lowest` and `highest` are its values;
    `week_ago` is the text of the same time a week ago, empty if that is not known.
    """

    name: str
    label: str
    href: str
    text: str
    tone: Tone | None
    line: str = ""
    lowest: str = ""
    highest: str = ""
    week_ago: str = ""


def describe_cards(
    ports: TrackingPorts,
    scope: Scope,
    kpis: Mapping[str, Any],
    now: datetime,
    narrowing: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what the template of the cards reads; `narrowing` are the chosen hub and partner, if any."""
    cards = list_cards(ports, scope, kpis, now)
    if narrowing:
        cards = [card._replace(href=_narrow(card, narrowing)) for card in cards]
    return {"cards": cards, "line_hours": HOURS, "line_box": f"0 0 {WIDTH} {HEIGHT}"}


def list_cards(ports: TrackingPorts, scope: Scope, kpis: Mapping[str, Any], now: datetime) -> list[Card]:
    """Return the cards of a scope. A limited one has no trends, since samples are of the whole fleet."""
    trends = {} if scope.is_limited else read_trends(ports, now)
    kinds = [kind for kind in KINDS if not (scope.is_limited and kind.name in UNLIMITED)]
    return [make_card(kind, kpis[kind.name], trends.get(kind.name, NO_TREND)) for kind in kinds]


def make_card(kind: Kind, value: float | None, trend: Trend = NO_TREND) -> Card:
    """Return the card of a figure with its trend."""
    card = Card(
        name=kind.name,
        label=kind.label,
        href=(path := find_path(kind.view)) and path + kind.place,
        text=_format(kind.name, value),
        tone=kind.tone if value else None,
        week_ago="" if trend.week_ago is None else _format(kind.name, trend.week_ago),
    )
    if len(trend.points) < MIN_POINTS:
        return card
    values = [value for _, value in trend.points]
    lowest, highest = (_format(kind.name, found) for found in (min(values), max(values)))
    return card._replace(line=draw_line(trend.points), lowest=lowest, highest=highest)


def draw_line(points: tuple[tuple[int, float], ...], *, from_zero: bool = False) -> str:
    """Return the line through points as an SVG path, `HEIGHT` high, one unit wide for each number.

    The lowest value, or zero, is at the bottom and the highest at the top; a line of one value is in the
    middle, one of zeros at zero. The line is broken where samples are missing.
    """
    values = [value for _, value in points]
    lowest = 0.0 if from_zero else min(values)
    span, flat = max(values) - lowest, 0.0 if from_zero else 0.5
    parts: list[str] = []
    before = -MAX_STEP - 1
    for number, value in points:
        share = (value - lowest) / span if span else flat
        y = HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
        # A point alone is drawn as well: as a line of no length with round ends.
        parts.append(f"M{number} {y:.1f}h0" if number - before > MAX_STEP else f"L{number} {y:.1f}")
        before = number
    return "".join(parts)


def _narrow(card: Card, narrowing: Mapping[str, str]) -> str:
    """Return the address of what a narrowed card counts; empty if its page has no such filters."""
    if not card.href:
        return ""
    return card.href + ("&" if "?" in card.href else "?") + urlencode(narrowing)


def _format(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:g} %" if name == "on_time_pct" else group_digits(int(value))

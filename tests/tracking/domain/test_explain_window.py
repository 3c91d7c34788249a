"""Explanation of an arrival window: each figure that went into it is a sentence, and nothing else is."""

import pytest

from tests.events import at
from tracking.domain.events import Eta, Explanation
from tracking.domain.explain_window import WindowReason, explain_window
from tracking.domain.shown_basis import ShownBasis
from tracking.domain.shown_window import ShownWindow

WITHOUT_BASIS = ShownWindow(from_=at(60), at=at(100), to=at(150))
LEG = {"base_min": 240.0, "travel_time_ratio": 1.92, "residuals_key": "lane#r#p#3", "legs_ahead": 1}
WIDTH = (
    "width",
    (
        "The window is 90 minutes wide: by the errors of earlier windows of that length, "
        "8 of 10 arrivals lie inside."
    ),
)


def reasons(explanation: Explanation | None) -> list[tuple[str, str]]:
    eta = Eta(from_=at(60), at=at(100), to=at(150), explanation=explanation)
    return [(reason.code, reason.says) for reason in explain_window(eta, WITHOUT_BASIS)]


def test_every_figure_of_a_window_is_a_sentence():
    explanation = Explanation(
        level="lane",
        count=12,
        base_from="planned",
        remaining_km=81.5,
        dwell_ahead_min=29.0,
        stops_ahead=4,
        widening=1.125,
        **LEG,
    )
    assert reasons(explanation) == [
        ("base", "The leg ahead has 240 minutes planned."),
        ("history", "It takes 1.92 times as long, by 12 legs of this lane."),
        ("position", "81.5 km in a straight line are left."),
        ("dwell", "29 minutes of stays at hubs lie ahead."),
        ("stops", "4 stops come before this one."),
        WIDTH,
        ("widening", "It is 12.5 % wider than that, since too few of the last arrivals lay inside."),
    ]


@pytest.mark.parametrize(
    ("level", "legs"),
    [
        ("hub", "3 legs of this length into this hub"),
        ("class", "3 legs of this length"),
        ("global", "3 legs of all lanes; the lane itself is too little known"),
    ],
)
def test_the_history_names_what_the_legs_have_in_common(level, legs):
    explanation = Explanation(level=level, count=3, **LEG)
    assert reasons(explanation) == [
        ("base", "The leg ahead has 240 minutes of free-flow driving."),
        ("history", f"It takes 1.92 times as long, by {legs}."),
        WIDTH,
    ]


def test_a_tour_is_explained_by_the_tours_of_its_hub():
    assert reasons(Explanation(level="hub", count=7, stops_ahead=0)) == [
        ("history", "No leg between hubs is ahead; 7 tours from the hub are known."),
        ("stops", "0 stops come before this one."),
        ("width", "The window is 90 minutes wide: by earlier tours, 8 of 10 arrivals lie inside."),
    ]


def test_a_window_without_an_explanation_has_no_reasons():
    assert (reasons(None), WindowReason(code="a", says="b").code) == ([], "a")


def test_the_reasons_of_the_shown_window_follow_those_of_the_prediction():
    basis = ShownBasis(confidence="high", remaining_min=100.0, age_min=0.0)
    shown = ShownWindow(from_=at(60), at=at(100), to=at(150), basis=basis)
    eta = Eta(from_=at(60), at=at(100), to=at(150), explanation=Explanation(level="lane", **LEG))
    codes = [reason.code for reason in explain_window(eta, shown)]
    assert codes == ["base", "history", "width", "least_width", "position_age", "rounding"]

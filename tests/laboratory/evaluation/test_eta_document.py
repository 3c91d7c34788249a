"""Figures of the document on arrival windows, made from recorded results."""

import json

from laboratory.evaluation.eta_document import describe_lateness, replace_figures, write_result
from tests.house.sources import ROOT

MEASURED = ROOT / "docs" / "measured"
CALIBRATION = "calibration error, of the first prediction and the one half-way"
REPORT = {
    "shipments": 4321,
    "late_share": 0.149,
    "told_per_shipment": 0.254,
    "over_two_pct": 5.5,
    "precision": 0.7,
    "recall": 0.899,
    "lead_30_pct": 85.2,
    "brier_skill_dispatch": 0.2185,
    "brier_skill_half_way": 0.5457,
    "ece": 0.0449,
    "intervals_90_pct": {"brier_skill_dispatch": [0.101, 0.32], "ece": [0.031, 0.06]},
}


def test_the_document_has_the_figures_of_the_recorded_results():
    text = (ROOT / "docs" / "eta.md").read_text(encoding="utf-8")
    assert replace_figures(text, MEASURED) == text


def test_a_changed_result_changes_the_document(tmp_path):
    for path in MEASURED.glob("*.json"):
        write_result(tmp_path / path.name, json.loads(path.read_text(encoding="utf-8")))
    text = (ROOT / "docs" / "eta.md").read_text(encoding="utf-8")
    assert replace_figures(text, tmp_path) == text
    bound = json.loads((MEASURED / "bound.json").read_text(encoding="utf-8"))
    write_result(tmp_path / "bound.json", bound | {"ours_to_best": 9.99})
    assert "9.99 times the best" in replace_figures(text, tmp_path)


def test_a_figure_that_was_not_measured_is_a_dash():
    rows = list(describe_lateness({"7": {"shipments": 5, "late_share": 0.2, "precision": 0.5}}))
    assert rows[5:7] == ["| precision | at least 0.70 | **0.50** |", "| recall | at least 0.90 | – |"]


def test_lateness_is_given_with_goals_and_intervals_and_a_missed_goal_is_bold():
    assert list(describe_lateness({"7": REPORT})) == [
        "| measure, after the first day | goal | seed 7 |",
        "|---|---|---|",
        "| shipments; late | | 4,321; 15 % |",
        "| notifications per shipment | at most 0.80 | 0.25 |",
        "| more than two notifications | at most 5 % | **5.5 %** |",
        "| precision | at least 0.70 | 0.70 |",
        "| recall | at least 0.90 | **0.899** |",
        "| warned at least 30 min before the promise | at least 85 % | 85 % |",
        "| Brier skill of the first prediction | at least 0.10 | 0.22 (0.10 to 0.32) |",
        "| Brier skill half-way | at least 0.33 | 0.55 |",
        f"| {CALIBRATION} | at most 0.06 | 0.045 (0.031 to 0.060) |",
    ]

"""Scores of predicted windows as one JSON-ready object; coverage is never given without width."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from statistics import fmean, median
from typing import Any

from laboratory.evaluation.replay import Prediction, RemainingPrediction, ReplayResult
from tracking.eta.spans import Span

# A window holds eight of ten arrivals: the interval score weighs a minute outside with 2 / 0.2 = 10.
MISS_COST = 10.0
BINS = 10
# Actual minutes, and the span predicted for them.
Scored = tuple[float, Span]


def score(replayed: ReplayResult) -> dict[str, Any]:
    """Return the figures of a replay in minutes, percent and microseconds; None where nothing was scored."""
    predictions = replayed.predictions
    report: dict[str, Any] = {
        "legs": replayed.legs,
        "scored": len(predictions),
        "skipped": sum(replayed.skipped.values()),
        "skipped_reasons": dict(sorted(replayed.skipped.items())),
    }
    report |= _score_all(_list_scored(predictions))
    report |= _compare(predictions, report["mae_min"])
    report["unseen"] = _choose(
        _score_brief(_list_scored([prediction for prediction in predictions if prediction.unseen])),
        ("n", "mae_min", "coverage_pct"),
    )
    report["by_bucket"] = _score_groups("bucket", predictions, lambda scored: scored.leg.profile.bucket)
    report["by_day"] = _score_groups(
        "day", predictions, lambda scored: scored.leg.departed_at.date().isoformat()
    )
    report["us_per_prediction"] = _microseconds(replayed.predicting_s, replayed.predicted)
    report["us_per_update"] = _microseconds(replayed.learning_s, replayed.learned)
    promised = [prediction for prediction in predictions if prediction.p_late is not None]
    if promised:
        report["lateness"] = _score_lateness(promised)
    if replayed.under_way is not None:
        report["in_trip"] = _score_under_way(replayed.under_way)
    return report


def _list_scored(predictions: Iterable[Prediction | RemainingPrediction]) -> list[Scored]:
    return [(prediction.actual_min, prediction.span) for prediction in predictions]


def _score_all(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return all measures of windows: error of the middle, share inside and on either side, width."""
    if not scored:
        names = "mae_min medae_min wape_pct mape_pct bias_min coverage_pct below_pct above_pct".split()
        return dict.fromkeys([*names, "median_relative_width_pct", "interval_score"])
    errors = [span.p50 - actual for actual, span in scored]
    below = [actual < span.p10 for actual, span in scored]
    above = [actual > span.p90 for actual, span in scored]
    measures = {
        "mae_min": fmean(map(abs, errors)),
        "medae_min": median(map(abs, errors)),
        "wape_pct": 100 * sum(map(abs, errors)) / sum(actual for actual, _ in scored),
        "mape_pct": 100 * fmean(abs(span.p50 / actual - 1) for actual, span in scored),
        "bias_min": fmean(errors),
        "coverage_pct": 100 * (1 - fmean(below) - fmean(above)),
        "below_pct": 100 * fmean(below),
        "above_pct": 100 * fmean(above),
        "median_relative_width_pct": 100 * median((span.p90 - span.p10) / span.p50 for _, span in scored),
        "interval_score": fmean(_score_interval(actual, span) for actual, span in scored),
    }
    return {name: round(value, 3) for name, value in measures.items()}


def _score_interval(actual: float, span: Span) -> float:
    """Return the interval score in minutes: the width, plus ten times the distance of the truth outside it.

    Source: Gneiting and Raftery, Strictly Proper Scoring Rules (2007), for an 80 % interval.
    """
    outside = max(0.0, span.p10 - actual) + max(0.0, actual - span.p90)
    return span.p90 - span.p10 + MISS_COST * outside


def _score_brief(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return the measures that every part of a report repeats."""
    names = ("mae_min", "wape_pct", "coverage_pct", "median_relative_width_pct")
    return {"n": len(scored)} | _choose(_score_all(scored), names)


def _choose(measures: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: measures[name] for name in names}


def _score_groups(
    name: str, predictions: Sequence[Prediction], key: Callable[[Prediction], Hashable]
) -> list[dict[str, Any]]:
    groups: dict[Any, list[Scored]] = {}
    for prediction in predictions:
        groups.setdefault(key(prediction), []).append((prediction.actual_min, prediction.span))
    return [{name: value} | _score_brief(groups[value]) for value in sorted(groups)]


def _compare(predictions: Sequence[Prediction], mae_min: float | None) -> dict[str, Any]:
    """Return the error of the baseline (one running constant factor), and the percentage saved."""
    if mae_min is None:
        return {"baseline_mae_min": None, "gain_pct": None}
    baseline = fmean(abs(prediction.baseline_min - prediction.actual_min) for prediction in predictions)
    gain = 100 * (1 - mae_min / baseline) if baseline else None
    return {"baseline_mae_min": round(baseline, 3), "gain_pct": None if gain is None else round(gain, 3)}


def _score_lateness(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Return the quality of P(late) at departure: Brier score and skill, calibration in ten bins."""
    chances = [
        (
            prediction.p_late or 0.0,
            prediction.promised_at is not None and prediction.leg.arrived_at > prediction.promised_at,
        )
        for prediction in predictions
    ]
    base_rate = fmean(late for _, late in chances)
    brier = fmean((p - late) ** 2 for p, late in chances)
    reference = base_rate * (1 - base_rate)
    bins = _cut_bins(chances)
    ece = sum(content["n"] * abs(content["p"] - content["late"]) for content in bins) / len(chances)
    return {
        "n": len(chances),
        "base_rate": round(base_rate, 4),
        "brier": round(brier, 4),
        "skill": round(1 - brier / reference, 4) if reference else None,
        "ece": round(ece, 4),
        "bins": bins,
    }


def _cut_bins(chances: Sequence[tuple[float, bool]]) -> list[dict[str, Any]]:
    """Return the non-empty bins of P(late): count, mean chance, share that was late."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for p, late in chances:
        bins[min(int(p * BINS), BINS - 1)].append((p, late))
    return [
        {
            "from": index / BINS,
            "to": (index + 1) / BINS,
            "n": len(content),
            "p": round(fmean(p for p, _ in content), 4),
            "late": round(fmean(late for _, late in content), 4),
        }
        for index, content in enumerate(bins)
        if content
    ]


def _score_under_way(predictions: Sequence[RemainingPrediction]) -> dict[str, Any]:
    """Return the measures of remaining time, and of the leg's own speed so far as a baseline."""
    report = {"n": len(predictions)} | _score_all(_list_scored(predictions))
    compared = [
        (prediction, prediction.own_speed_min)
        for prediction in predictions
        if prediction.own_speed_min is not None
    ]
    if not compared:
        return report | {"own_speed_mae_min": None, "own_speed_gain_pct": None}
    own = fmean(abs(minutes - prediction.actual_min) for prediction, minutes in compared)
    ours = fmean(abs(prediction.span.p50 - prediction.actual_min) for prediction, _ in compared)
    return report | {
        "own_speed_mae_min": round(own, 3),
        "own_speed_gain_pct": round(100 * (1 - ours / own), 3) if own else None,
    }


def _microseconds(seconds: float, count: int) -> float | None:
    return round(seconds / count * 1e6, 2) if count else None

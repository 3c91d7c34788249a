"""Report of a month as JSON, for programs."""

from typing import Any

from laboratory.cost.cases import ESTIMATE, ESTIMATED, apply_estimated
from laboratory.cost.report import CostModel, MonthReport, find_margin


def describe_as_json(model: CostModel, report: MonthReport) -> dict[str, Any]:
    """Return the report with the date and trust of its prices, and the cases of the estimate."""
    return {
        "region": model.prices.region,
        "prices_seen_on": model.prices.seen_on.isoformat(),
        "unverified_prices": model.prices.unverified,
        "calls_counted_on": model.counted.measured_at,
        "case": {name: getattr(report.case, name) for name in report.case.__struct_fields__},
        "lines": [line._asdict() | {"usd": round(line.usd, 2)} for line in report.lines],
        "total": round(report.total, 2),
        "margin": round(find_margin(report), 2),
        "platform": round(report.platform, 2),
        "budget": report.budget,
        "within": report.is_within,
        "payback_months": None if report.payback_months is None else round(report.payback_months, 2),
        "drivers": [driver._asdict() | {"usd": round(driver.usd, 2)} for driver in report.drivers],
        "goal": report.goal._asdict()
        | {
            "platform": round(report.goal.platform, 2),
            "steps": [_step(step) for step in report.goal.steps],
            "next_steps": [_step(step) for step in report.goal.next_steps],
        },
        "estimated_cases": list_estimated(model),
    }


def list_estimated(model: CostModel) -> list[dict[str, Any]]:
    """Return the cases of the estimate: its total, the model's with the same lines, and with all lines."""
    return [
        {
            "case": name,
            "estimated": estimated.usd,
            "same_lines": round(model.total_in_design(apply_estimated(ESTIMATE, name)), 2),
            "all_lines": round(model.total(apply_estimated(ESTIMATE, name)), 2),
        }
        for name, estimated in ESTIMATED.items()
    ]


def _step(step: Any) -> dict[str, Any]:
    return step._asdict() | {"saves": round(step.saves, 2), "total": round(step.total, 2)}

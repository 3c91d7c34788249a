"""Report of a month: its lines, what drives them, and the verdict against a budget and a goal."""

from collections import defaultdict
from typing import NamedTuple

import msgspec

from laboratory.cost.case import HOURS, Case
from laboratory.cost.idle import Counted, scale_idle
from laboratory.cost.levers import Step, pull_one_by_one
from laboratory.cost.lines import Line, work_out_lines
from laboratory.cost.prices import TOLERANCE, PriceFile

# What the system before costs a month, and what building this one costs, as the case study says.
BEFORE_USD, BUILDING_USD = 15_000.0, 20_000.0
BUDGET_USD, PLATFORM_GOAL_USD = 4_500.0, 900.0
NEXT_USD = 100.0
# Volumes that drivers are worked out for: each is raised by this share, all else equal.
RISE = 0.10
VOLUMES = (
    "events_per_day",
    "peak_events_per_day",
    "peak_days",
    "shards",
    "change_share",
    "reads_per_event",
    "sms_per_shipment",
    "emails_per_shipment",
    "trace_share",
    "open_pages",
    "vehicles",
    "burst_per_s",
)
NOTIFICATIONS = "notifications"


class Driver(NamedTuple):
    """Volume, and what a tenth more of it adds, in USD a month."""

    volume: str
    usd: float


class Goal(NamedTuple):
    """Goal of the platform: whether it is reached, by which levers, and what the next saving would take."""

    usd: float
    platform: float
    is_met: bool
    steps: list[Step]
    needed: list[str]
    next_steps: list[Step]


class MonthReport(NamedTuple):
    """Bill of a month in USD, before tax, support and free allowances."""

    case: Case
    lines: list[Line]
    total: float
    platform: float
    in_design: float
    unverified: float
    drivers: list[Driver]
    budget: float
    is_within: bool
    payback_months: float | None
    goal: Goal


class CostModel:
    """Works out months by one price file and one count of idle calls."""

    def __init__(self, prices: PriceFile, counted: Counted) -> None:
        self.prices = prices
        self.counted = counted

    def list_lines(self, case: Case) -> list[Line]:
        """Return the lines of a case."""
        return work_out_lines(case, self.prices.prices, scale_idle(self.counted, case))

    def total(self, case: Case) -> float:
        """Return the total of a case."""
        return sum(line.usd for line in self.list_lines(case))

    def total_in_design(self, case: Case) -> float:
        """Return the total of a case without the lines that the estimate has left out."""
        return sum(line.usd for line in self.list_lines(case) if line.in_design)

    def platform(self, case: Case) -> float:
        """Return the total of a case without messages to recipients."""
        return sum(line.usd for line in self.list_lines(case) if line.group != NOTIFICATIONS)

    def report(self, case: Case, budget: float = BUDGET_USD, goal: float = PLATFORM_GOAL_USD) -> MonthReport:
        """Return the report of a case."""
        lines = self.list_lines(case)
        total = sum(line.usd for line in lines)
        unverified = sum(line.usd for line in lines if not self.prices.prices[line.price].verified)
        saved = BEFORE_USD - total
        return MonthReport(
            case,
            lines,
            total,
            self.platform(case),
            sum(line.usd for line in lines if line.in_design),
            unverified,
            self.find_drivers(case),
            budget,
            total <= budget,
            BUILDING_USD / saved if saved > 0 else None,
            self.judge_goal(case, goal),
        )

    def find_drivers(self, case: Case) -> list[Driver]:
        """Return what a tenth more of each volume adds, the largest first, without those that add nothing."""
        before = self.total(case)
        found = [Driver(name, self.total(_raise(case, name)) - before) for name in VOLUMES]
        return sorted((one for one in found if one.usd > 0), key=lambda one: -one.usd)

    def judge_goal(self, case: Case, goal: float) -> Goal:
        """Return which first levers bring the platform to the goal, and which ones save another 100 USD."""
        platform, steps = self.platform(case), pull_one_by_one(case, self.platform)
        totals = [platform, *(step.total for step in steps)]
        reached = next((number for number, left in enumerate(totals) if left <= goal), None)
        needed = [step.name for step in steps[:reached]]
        following: list[Step] = []
        for step in steps[reached:] if reached is not None else []:
            following.append(step)
            if totals[reached or 0] - step.total >= NEXT_USD:
                break
        return Goal(goal, platform, platform <= goal, steps, needed, following)

    def sum_groups(self, case: Case) -> dict[str, float]:
        """Return the total of each group of lines."""
        sums: defaultdict[str, float] = defaultdict(float)
        for line in self.list_lines(case):
            sums[line.group] += line.usd
        return dict(sums)


def find_margin(report: MonthReport) -> float:
    """Return by how many USD the total may be wrong, if each unverified price is off by the tolerance."""
    return report.unverified * TOLERANCE


def describe_month(case: Case) -> str:
    """Return the volumes of a month in words."""
    return (
        f"{case.events / 1e6:.1f} million events, {case.shipments / 1e6:.1f} million shipments, "
        f"{case.changes / 1e6:.1f} million changes, {case.shards:.0f} shards, {HOURS:.0f} hours"
    )


def _raise(case: Case, volume: str) -> Case:
    value = getattr(case, volume) * (1 + RISE)
    highest = case.days if volume == "peak_days" else 1.0 if volume.endswith("_share") else value
    return msgspec.structs.replace(case, **{volume: min(value, highest)})

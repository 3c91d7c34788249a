"""Report of a month as lines of text for the console, and the document `docs/cost.md`."""

from collections.abc import Iterator

from laboratory.cost.case import Case
from laboratory.cost.json_report import list_estimated
from laboratory.cost.levers import WHAT_IFS, pull
from laboratory.cost.prices import TOLERANCE
from laboratory.cost.report import (
    BEFORE_USD,
    BUILDING_USD,
    NEXT_USD,
    CostModel,
    MonthReport,
    describe_month,
    find_margin,
)


def format_report(model: CostModel, report: MonthReport) -> str:
    """Return the report for the console."""
    lines = [describe_month(report.case), ""]
    for line in report.lines:
        mark = " " if model.prices.prices[line.price].verified else "*"
        lines.append(f"{line.group:14}{line.what:44}{line.quantity:>14,.1f}{line.usd:>12,.2f} {mark}")
    lines += ["", f"{'total':58}{'':>14}{report.total:>12,.2f}", _describe_margin(model, report), ""]
    lines += [f"a tenth more of {driver.volume}: + {driver.usd:,.0f}" for driver in report.drivers[:6]]
    return "\n".join([*lines, "", describe_verdict(report), *describe_goal(report)])


def describe_verdict(report: MonthReport) -> str:
    """Return whether the month is within its budget, and when the product has paid for itself."""
    words = "within" if report.is_within else "over"
    paid = (
        f"paid for after {report.payback_months:.1f} months"
        if report.payback_months is not None
        else "never paid for"
    )
    return f"${report.total:,.0f} a month: {words} the budget of ${report.budget:,.0f}; {paid}."


def describe_goal(report: MonthReport) -> Iterator[str]:
    """Yield whether the platform reaches its goal, by which levers, and what the next saving would take."""
    goal = report.goal
    reached = [step for step in goal.steps if step.total <= goal.usd]
    if goal.is_met:
        yield (
            f"The platform costs ${goal.platform:,.0f}: the goal of ${goal.usd:,.0f} is met without a lever."
        )
    elif reached:
        after = f"${reached[0].total:,.0f}"
        unbuilt = [name for name in goal.needed if not WHAT_IFS[name].is_built]
        missing = f" Not built yet: {', '.join(unbuilt)}." if unbuilt else ""
        yield (
            f"The platform costs ${goal.platform:,.0f}: the goal of ${goal.usd:,.0f} is not met as the "
            f"templates "
            f"are. With {', '.join(goal.needed)} it is {after}.{missing}"
        )
    else:
        yield f"The platform costs ${goal.platform:,.0f}: no lever reaches the goal of ${goal.usd:,.0f}."
    for step in goal.next_steps:
        yield (
            f"The next ${NEXT_USD:.0f} would take {step.name} (${step.saves:,.0f}): "
            f"{WHAT_IFS[step.name].gives_up}."
        )


def _describe_margin(model: CostModel, report: MonthReport) -> str:
    return (
        f"* Not verified: expect +-{TOLERANCE:.0%} of these ({find_margin(report):,.0f} of the total). "
        f"Prices of "
        f"{model.prices.seen_on}, before tax, support and free allowances."
    )


def write_document(model: CostModel, policy: Case, base: Case) -> str:
    """Return `docs/cost.md`: base month, policy, drivers, goal with its levers, cases of the estimate."""
    report = model.report(base)
    parts = [
        _introduce(model, report),
        "## The platform\n\n" + describe_month(base) + ".\n\n" + "\n".join(_tabulate_lines(model, report)),
        "## With notifications\n\n" + describe_verdict(model.report(policy)) + _EXPLAIN_POLICY,
        "## What drives it\n\n" + "\n".join(_tabulate_drivers(report)),
        "## The goal\n\n" + "\n\n".join(describe_goal(report)) + "\n\n" + "\n".join(_tabulate_levers(report)),
        "## What costs more\n\n" + "\n".join(_tabulate_rises(model, policy)),
        _EXPLAIN_ESTIMATE + "\n".join(_tabulate_estimated(model)),
        _EXPLAIN_UNITS + "\n".join(_tabulate_units(model)),
        _CLOSING + _ONLY_A_BILL,
    ]
    return "\n\n".join(parts) + "\n"


def _introduce(model: CostModel, report: MonthReport) -> str:
    verified = len(model.prices.prices) - len(model.prices.unverified)
    return (
        "# What it costs\n\n<!-- written by manage.py cost --document; do not edit -->\n\n"
        f"US dollars a month in {model.prices.region}, before tax, support and free allowances. Nothing "
        f"here was "
        f"billed: quantities come from a model, from the sizes in `deploy/templates` and from calls "
        f"counted on "
        f"{model.counted.measured_at} (`docs/bench/calls.json`). Prices are those of "
        f"{model.prices.seen_on} in "
        f"`deploy/prices/ap-south-1.json`; {verified} of {len(model.prices.prices)} were found in a "
        f"second document "
        f"about the region. Expect +-{TOLERANCE:.0%} of the others (marked *), which is "
        f"+-${find_margin(report):,.0f} of the platform.\n\n"
        "`manage.py cost --help` lists what can be varied; `--from-run FILE` takes the counters of "
        "another run, "
        "`--refresh` reads the price list of AWS."
    )


def _tabulate_lines(model: CostModel, report: MonthReport) -> Iterator[str]:
    yield "| group | what | quantity | unit | $ |"
    yield "|---|---|---:|---|---:|"
    for line in report.lines:
        price = model.prices.prices[line.price]
        mark = "" if price.verified else " *"
        yield (
            f"| {line.group} | {line.what} | {line.quantity:,.1f} | {price.unit} | {line.usd:,.2f}{mark} |"
        )
    yield f"| | **total** | | | **{report.total:,.2f}** |"


def _tabulate_drivers(report: MonthReport) -> Iterator[str]:
    yield "| a tenth more of | adds $ |"
    yield "|---|---:|"
    yield from (f"| `{driver.volume}` | {driver.usd:,.1f} |" for driver in report.drivers)


def _tabulate_levers(report: MonthReport) -> Iterator[str]:
    yield "| lever, after those above it | saves $ | platform $ | how | what is no longer promised |"
    yield "|---|---:|---:|---|---|"
    for step in report.goal.steps:
        lever = WHAT_IFS[step.name]
        how = lever.how if lever.is_built else f"{lever.how}. Not built"
        yield f"| {step.name} | {step.saves:,.0f} | {step.total:,.0f} | {how} | {lever.gives_up} |"


def _tabulate_rises(model: CostModel, base: Case) -> Iterator[str]:
    yield "| `--what-if` | | $ more, beside 0.3 SMS and 1 e-mail a shipment |"
    yield "|---|---|---:|"
    before = model.total(base)
    for name, lever in WHAT_IFS.items():
        if not lever.gives_up:
            yield f"| {name} | {lever.how} | {model.total(pull(base, name)) - before:,.0f} |"


def _tabulate_units(model: CostModel) -> Iterator[str]:
    yield "| event of a booked shipment | write units | of indexes | read units |"
    yield "|---|---:|---:|---:|"
    for kind, units in model.counted.units.items():
        yield f"| {kind} | {units.written:.1f} | {units.indexed:.1f} | {units.read:.1f} |"


def _tabulate_estimated(model: CostModel) -> Iterator[str]:
    yield "| case | estimated $ | model, same lines $ | model, all lines $ |"
    yield "|---|---:|---:|---:|"
    for row in list_estimated(model):
        yield (
            f"| {row['case']} | {row['estimated']:,.0f} | {row['same_lines']:,.0f} | "
            f"{row['all_lines']:,.0f} |"
        )


_EXPLAIN_POLICY = (
    f" The system before costs ${BEFORE_USD:,.0f} a month, and building this one ${BUILDING_USD:,.0f}.\n\n"
    "An SMS when a parcel is out for delivery, when an attempt failed, and when it is delayed, to those "
    "who asked for "
    "SMS (0.3 a shipment is an assumption about their share), and one e-mail a shipment. SMS is what "
    "decides: by "
    "the local route with registered templates an SMS costs $0.00278, by the international one eight "
    "times that."
)
_EXPLAIN_ESTIMATE = (
    "## The estimate\n\n"
    "Before anything ran, an estimate was made with other inputs: 1.93 write units an event, 4.24 traces an "
    "event, 1 KB of logs. The model gives its totals within 1 % if it takes these inputs and leaves out the "
    "same lines: IoT Core, retention above a day, Container Insights, the alarms of target tracking, and "
    "calls while nothing happens. Two "
    "inputs that the estimate does not state were chosen so that the totals agree: the average size of the "
    "database, and the logs of an event.\n\n"
)
_EXPLAIN_UNITS = (
    "## Units of DynamoDB\n\n"
    "Counted by `manage.py bench units` (`docs/bench/units.json`): booked shipments travel from hub to hub "
    "and by van to the recipient, through the product's own line, over the storage of the emulator. A row "
    "costs a unit for each started KB of the larger of what it was and what it is, twice that in a "
    "transaction, and its entries in indexes on top. News of parcels aboard are changes that the product "
    "concludes from positions of vans. Writes that fail a condition are not counted, although AWS charges "
    "them.\n\n"
)
_CLOSING = (
    "## What is not in it\n\n"
    "Tax and support; free allowances; the data transfer between zones; requests to the customer's page and "
    "the partner API (the table has public reads alone); SMS in other scripts, of two or three parts; "
    "discounts for commitments. "
)
_ONLY_A_BILL = "Only a bill can show the rest: [deploy/README.md](../deploy/README.md)."

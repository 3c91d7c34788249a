"""States of alarms: m of n, missing data, queries, composites, alarms without a source."""

import pytest

from laboratory.alarms.evaluate import choose_state, evaluate, span_s
from laboratory.alarms.model import Alarm, Composite, Formula, Query, Reading, SeriesKey, Verdict
from laboratory.alarms.series import Series, compute_statistic
from laboratory.alarms.words import describe_number

LAG = SeriesKey("SwiftLogix", "read_lag_s")
NOON = 1_795_348_800


def make_alarm(name: str = "lag", **different) -> Alarm:
    values = {
        "name": name,
        "runbook": f"deploy/runbooks/{name}.md",
        "parts": (Reading("lag", LAG, "Maximum"),),
        "watched": "lag",
        "period_s": 60,
        "periods": 3,
        "datapoints": 3,
        "threshold": 10.0,
        "comparison": "GreaterThanThreshold",
        "missing": "notBreaching",
    }
    return Alarm(**values | different)


def fill(series: Series, key: SeriesKey, *values: float | None) -> Series:
    """Add one value a minute, the last in the minute before noon; None leaves a minute empty."""
    for number, value in enumerate(reversed(values), start=1):
        if value is not None:
            series.add(key, NOON - 60 * number + 30, [value])
    return series


def judge(alarm: Alarm | Composite, series: Series, *more: Alarm | Composite, source: bool = True) -> Verdict:
    return evaluate([alarm, *more], series, NOON + 59.0, lambda _namespace, _name: source)[0]


# The tables of CloudWatch's guide, "Configuring how CloudWatch alarms treat missing data": X breaches, 0 does
# not, - is missing; then the state for missing, breaching, notBreaching.
THREE_OF_THREE = [
    ("0 - X - X", "OK", "OK", "OK"),
    ("- - - - 0", "OK", "OK", "OK"),
    ("- - - - -", "INSUFFICIENT_DATA", "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", "OK", "ALARM", "OK"),
    ("- - - - 0", "OK", "ALARM", "OK"),
    ("- - - X -", "ALARM", "ALARM", "OK"),
]


@pytest.mark.parametrize(
    ("datapoints", "row"), [(3, row) for row in THREE_OF_THREE] + [(2, row) for row in TWO_OF_THREE]
)
def test_missing_values_are_treated_as_in_the_tables_of_cloudwatch(datapoints, row):
    values = [{"X": 11.0, "0": 1.0, "-": None}[mark] for mark in row[0].split()]
    states = tuple(
        choose_state(make_alarm(datapoints=datapoints, missing=missing), values)[0]
        for missing in ("missing", "breaching", "notBreaching")
    )
    assert states == row[1:]


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanThreshold", ("OK", "OK", "ALARM")),
        ("GreaterThanOrEqualToThreshold", ("OK", "ALARM", "ALARM")),
        ("LessThanThreshold", ("ALARM", "OK", "OK")),
        ("LessThanOrEqualToThreshold", ("ALARM", "ALARM", "OK")),
    ],
)
def test_a_value_breaches_on_the_side_that_the_alarm_names(comparison, states):
    alarm = make_alarm(comparison=comparison, periods=1, datapoints=1)
    assert tuple(choose_state(alarm, [value])[0] for value in (9.0, 10.0, 11.0)) == states


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("Sum", 110.0),
        ("Maximum", 50.0),
        ("Minimum", 10.0),
        ("Average", 27.5),
        ("SampleCount", 4.0),
        ("p50", 20.0),
        ("p99", 50.0),
        ("p75", 30.0),
        ("p0", 10.0),
        ("p99.9", 50.0),
    ],
)
def test_a_statistic_is_that_of_all_values(statistic, expected):
    assert compute_statistic(statistic, [50.0, 10.0, 20.0, 30.0]) == expected


def test_the_reason_names_figure_limit_and_periods():
    series = fill(Series(), LAG, 12.0, 14.0, 13.25)
    assert judge(make_alarm(), series) == Verdict(
        "lag",
        "deploy/runbooks/lag.md",
        "ALARM",
        "read_lag_s (Maximum) is 13.25 s, above 10 s in 3 of 3 minutes",
    )
    series = fill(Series(), LAG, 12.0, 14.0, 9.0)
    assert judge(make_alarm(), series) == Verdict(
        "lag",
        "deploy/runbooks/lag.md",
        "OK",
        "read_lag_s (Maximum) is 9 s; on if above 10 s in 3 of 3 minutes",
    )


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1.25, "1.25"), (99.5, "99.5"), (3051.623, "3,052"), (2000.0, "2,000")]
)
def test_a_number_has_no_more_digits_than_a_reader_needs(value, text):
    assert describe_number(value) == text


def test_the_minute_that_is_not_over_does_not_count():
    series = fill(Series(), LAG, 12.0, 14.0)
    series.add(LAG, NOON + 1, [99.0])
    assert judge(make_alarm(), series).state == "OK"


def test_a_long_period_slides_by_minutes_and_takes_all_values_in_it():
    alarm = make_alarm(
        parts=(Reading("lag", LAG, "Sum"),), period_s=600, periods=1, datapoints=1, threshold=2.5
    )
    series = fill(Series(), LAG, *[1.0, None, None, 1.0, None, None, None, None, None, 1.0])
    assert judge(alarm, series).reason == "read_lag_s (Sum) is 3 s, above 2.5 s over 10 minutes"
    assert judge(alarm, fill(Series(), LAG, *[1.0] * 2, *[None] * 9)).state == "OK"


def test_missing_values_that_breach_turn_an_alarm_on():
    series = fill(Series(), SeriesKey("SwiftLogix", "other"), *[1.0] * 3)
    verdict = judge(make_alarm(missing="breaching"), series)
    assert (verdict.state, verdict.reason) == (
        "ALARM",
        "read_lag_s (Maximum) had no value in 3 of 3 minutes, which counts as a failure",
    )


def test_an_alarm_is_not_on_for_what_was_missing_before_anything_was_there():
    series = fill(Series(), SeriesKey("SwiftLogix", "other"), 1.0, 1.0)
    verdict = judge(make_alarm(missing="breaching"), series)
    assert (verdict.state, verdict.reason) == (
        "INSUFFICIENT_DATA",
        "read_lag_s (Maximum) has been watched for less than 3 minutes",
    )


def test_a_query_takes_all_series_with_its_dimensions_and_no_other():
    query = Query("lag", "SwiftLogix", "read_lag_s", frozenset({"shard"}), (), "Maximum")
    alarm = make_alarm(parts=(query,), periods=1, datapoints=1)
    one, two = (SeriesKey("SwiftLogix", "read_lag_s", (("shard", name),)) for name in ("1", "2"))
    series = fill(fill(fill(Series(), one, 3.0), two, 12.0), LAG, 99.0)
    assert judge(alarm, series).reason == "read_lag_s (Maximum) is 12 s, above 10 s over 1 minute"
    fixed = alarm._replace(parts=(query._replace(where=(("shard", "1"),)),))
    assert judge(fixed, series).reason == "read_lag_s (Maximum) is 3 s; on if above 10 s over 1 minute"


def test_a_formula_is_worked_out_for_each_period_and_its_parts_are_named():
    dead = [
        SeriesKey("AWS/SQS", "Visible", (("QueueName", f"swiftlogix-local-{name}-dlq"),))
        for name in ("notify", "ops")
    ]
    parts = (
        Reading("q0", dead[0], "Maximum"),
        Reading("q1", dead[1], "Maximum"),
        Formula("depth", "FILL(q0, 0) + FILL(q1, 0)"),
    )
    alarm = make_alarm(parts=parts, watched="depth", periods=1, datapoints=1, threshold=0.0)
    series = fill(fill(Series(), dead[0], 0.0), dead[1], 2.0)
    assert judge(alarm, series).reason == "depth is 2 (ops-dlq 2), above 0 over 1 minute"


def test_an_alarm_that_only_aws_feeds_says_so():
    verdict = judge(make_alarm(), Series(), source=False)
    assert (verdict.state, verdict.reason) == ("NO_SOURCE", "only AWS emits what it watches")
    assert span_s([make_alarm(), make_alarm(period_s=600)], lambda _namespace, _name: True) == 3000
    assert span_s([make_alarm()], lambda _namespace, _name: False) == 0


def test_a_composite_follows_its_members_and_composites_may_be_members():
    lag = make_alarm()
    calm = make_alarm("calm", threshold=100.0)
    both = Composite("both", "deploy/runbooks/both.md", "ALARM(lag) AND ALARM(calm)")
    any_one = Composite("any-one", "deploy/runbooks/any-one.md", "ALARM(lag) OR ALARM(both)")
    series = fill(Series(), LAG, 12.0, 12.0, 12.0)
    assert judge(any_one, series, both, lag, calm)[2:] == ("ALARM", "on: lag")
    assert judge(both, series, lag, calm)[2:] == ("OK", "on: lag; more are needed")
    assert judge(both, Series(), lag, calm)[2:] == ("OK", "none of its members is on")
    assert judge(both, Series(), lag, calm, source=False)[2:] == (
        "NO_SOURCE",
        "only AWS emits what its members watch",
    )

"""Metric math and rules of composites: what is known is worked out, anything else is refused."""

import pytest

from laboratory.alarms.formulas import FormulaError, compute, holds, list_members

# 2026-11-22 06:30 UTC.
HALF_PAST_SIX = 1_795_329_000

VALUES = [
    ("100 * got / sent", {"got": 19.0, "sent": 20.0}, 95.0),
    ("got + 1", {"got": None}, None),
    ("got / sent", {"got": 1.0, "sent": 0.0}, None),
    ("FILL(q0, 0) + FILL(q1, 0)", {"q0": None, "q1": 3.0}, 3.0),
    ("MAX([q0, q1, 2])", {"q0": None, "q1": 1.0}, 2.0),
    ("MIN([q0])", {"q0": None}, None),
    ("SUM([q0, 4])", {"q0": 1.5}, 5.5),
    ("IF(sent > 20, got, 100)", {"sent": 21.0, "got": 7.0}, 7.0),
    ("IF(sent > 20, got, 100)", {"sent": 20.0, "got": 7.0}, 100.0),
    ("IF(sent > 20, got, 100)", {"sent": None, "got": 7.0}, None),
    ("IF(a >= 1 AND b < 17, 1, 0)", {"a": 1.0, "b": 16.0}, 1.0),
    ("IF(a >= 1 AND b < 17, 1, 0)", {"a": 1.0, "b": 17.0}, 0.0),
    ("IF(a == 1 OR b != 2, 1, 0)", {"a": 0.0, "b": 2.0}, 0.0),
    ("IF(a <= 1 OR b, 1, 0)", {"a": 2.0, "b": None}, None),
    ("HOUR(open)", {"open": 2.0}, 6.0),
    ("HOUR(open)", {"open": None}, None),
    ("(a - 1) * 2", {"a": 3.0}, 4.0),
]
OUTSIDE = [
    "__import__('os')",
    "a.b",
    "a ** 2",
    "SQRT(a)",
    "FILL(a)",
    "FILL(a, b=0)",
    "MAX(a)",
    "'text'",
    "True",
    "unknown + 1",
    "1 < a < 2",
    "[a]",
    "a +",
]


@pytest.mark.parametrize(("expression", "values", "expected"), VALUES)
def test_metric_math_gives_what_cloudwatch_gives(expression, values, expected):
    assert compute(expression, values, HALF_PAST_SIX) == expected


@pytest.mark.parametrize("expression", OUTSIDE)
def test_what_is_not_metric_math_is_refused(expression):
    with pytest.raises(FormulaError):
        compute(expression, {"a": 1.0, "b": 1.0}, HALF_PAST_SIX)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(burn-hour) AND ALARM(burn-minutes)", False),
        ("ALARM(burn-hour) OR\nALARM(burn-minutes)", True),
        ("ALARM(burn-hour) AND NOT ALARM(burn-minutes)", True),
        ("OK(burn-minutes) AND (INSUFFICIENT_DATA(other) OR TRUE)", True),
        ("ALARM(unknown)", False),
    ],
)
def test_a_rule_holds_by_the_states_that_it_names(rule, expected):
    states = {"burn-hour": "ALARM", "burn-minutes": "OK", "other": "NO_SOURCE"}
    assert holds(rule, states) is expected


@pytest.mark.parametrize("rule", ["ALARM(a) + 1", "ALARM(a) == TRUE", "open('x')", "ALARM(a) AND 1"])
def test_what_is_not_a_rule_of_a_composite_is_refused(rule):
    with pytest.raises(FormulaError):
        holds(rule, {"a": "ALARM"})


def test_the_members_of_a_rule_are_those_that_it_names():
    assert list_members("ALARM(a-b) AND NOT OK(c)") == ["a-b", "c"]

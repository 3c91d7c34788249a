"""Numbers and times in files and options are those that the product can use."""

from datetime import UTC, datetime

import pytest

from tracking.input_values import Range, parse_moment, parse_number

MINUTES = Range(0, 20_160, above=True)


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), ("0.5", 0.5), ("20160", 20160.0), (" 7 ", 7.0)])
def test_a_number_in_its_range_is_read(text, value):
    assert parse_number(text, MINUTES) == value


@pytest.mark.parametrize("text", ["0", "-3", "20160.1", "99999999", "1e308", "1e999", "inf", "nan", "-nan"])
def test_a_number_outside_its_range_is_refused_with_the_range(text):
    with pytest.raises(ValueError, match=r"must be above 0 and at most 20160: ") as refused:
        parse_number(text, MINUTES)
    assert str(refused.value).endswith(repr(text))


@pytest.mark.parametrize("text", ["", "soon", "12 min", "1,5", "0x10"])
def test_other_text_is_no_number(text):
    with pytest.raises(ValueError, match="is no number: "):
        parse_number(text, MINUTES)


def test_both_ends_of_a_range_are_in_it_unless_it_lies_above_its_low_end():
    assert [parse_number(text, Range(-90, 90)) for text in ("-90", "90")] == [-90.0, 90.0]


def test_long_text_is_cut_in_the_message():
    with pytest.raises(ValueError, match=r"is no number: 'x{40}…'$"):
        parse_number("x" * 3000, MINUTES)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-11-28T18:35:00Z", 18), ("2026-11-28T18:35:00+05:30", 13), ("2026-11-28 18:35:00", 18)],
)
def test_a_time_is_aware_utc(text, hour):
    assert parse_moment(text) == datetime(2026, 11, 28, hour, 35 if hour == 18 else 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-05:30", "1999-12-31T23:59:59Z", "2100-01-01"]
)
def test_a_time_outside_this_century_is_refused(text):
    with pytest.raises(ValueError, match="is not between 2000 and 2099: "):
        parse_moment(text)


@pytest.mark.parametrize("text", ["", "yesterday", "28/11/2026", "1764355000"])
def test_other_text_is_no_time(text):
    with pytest.raises(ValueError, match="is no ISO time: "):
        parse_moment(text)

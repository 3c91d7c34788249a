"""Days, times and windows in messages, in each language and in both lengths."""

from datetime import datetime

import pytest

from notifications.message_times import format_clock, format_moment, format_window
from tracking.domain.calendars import DAY_MIN, DeliveryCalendar
from tracking.domain.indian_time import INDIA
from tracking.domain.shown_window import ShownWindow
from tracking.translation import LANGUAGES

# A Tuesday.
DAY = datetime(2026, 11, 24, tzinfo=INDIA)
LENGTHS = "full", "short"


def in_all_languages(form, *arguments):
    return {(tag, length): form(*arguments, tag, length) for tag in LANGUAGES for length in LENGTHS}


def test_a_moment_has_weekday_date_and_time_in_every_language():
    assert in_all_languages(format_moment, DAY.replace(hour=18, minute=5)) == {
        ("en", "full"): "Tue 24 Nov, 6:05 pm",
        ("en", "short"): "Tue 24 Nov, 6:05 pm",
        ("hi", "full"): "मंगलवार 24 नवंबर को शाम 6:05 बजे",
        ("hi", "short"): "मंगल 24 नव॰, 6:05 pm",
        ("ta", "full"): "செவ்வாய், நவம்பர் 24, மாலை 6:05 மணி",
        ("ta", "short"): "செவ். 24 நவ., 6:05 pm",
    }


@pytest.mark.parametrize(
    ("hour", "texts"),
    [
        (0, ("12 am", "रात 12 बजे", "அதிகாலை 12 மணி")),
        (3, ("3 am", "रात 3 बजे", "அதிகாலை 3 மணி")),
        (4, ("4 am", "सुबह 4 बजे", "காலை 4 மணி")),
        (11, ("11 am", "सुबह 11 बजे", "காலை 11 மணி")),
        (12, ("12 pm", "दोपहर 12 बजे", "பிற்பகல் 12 மணி")),
        (16, ("4 pm", "शाम 4 बजे", "மாலை 4 மணி")),
        (20, ("8 pm", "रात 8 बजे", "இரவு 8 மணி")),
        (23, ("11 pm", "रात 11 बजे", "இரவு 11 மணி")),
    ],
)
def test_a_clock_time_names_the_part_of_the_day(hour, texts):
    assert tuple(format_clock(DAY.replace(hour=hour), tag, "full") for tag in LANGUAGES) == texts


def test_a_window_names_the_day_and_both_ends():
    window = ShownWindow(
        from_=DAY.replace(hour=11, minute=15), at=DAY.replace(hour=12), to=DAY.replace(hour=12, minute=30)
    )
    assert in_all_languages(format_window, window, DAY) == {
        ("en", "full"): "Tue 24 Nov, 11:15 am to 12:30 pm",
        ("en", "short"): "Tue 24 Nov, 11:15 am to 12:30 pm",
        ("hi", "full"): "मंगलवार 24 नवंबर को सुबह 11:15 बजे से दोपहर 12:30 बजे के बीच",
        ("hi", "short"): "मंगल 24 नव॰, 11:15 am–12:30 pm",
        ("ta", "full"): "செவ்வாய், நவம்பர் 24, காலை 11:15 மணி முதல் பிற்பகல் 12:30 மணிக்குள்",
        ("ta", "short"): "செவ். 24 நவ., 11:15 am–12:30 pm",
    }
    assert in_all_languages(format_window, window, DAY.replace(hour=12)) == {
        ("en", "full"): "Tue 24 Nov, by 12:30 pm",
        ("en", "short"): "Tue 24 Nov, by 12:30 pm",
        ("hi", "full"): "मंगलवार 24 नवंबर को दोपहर 12:30 बजे तक",
        ("hi", "short"): "मंगल 24 नव॰, 12:30 pm तक",
        ("ta", "full"): "செவ்வாய், நவம்பர் 24, பிற்பகல் 12:30 மணிக்குள்",
        ("ta", "short"): "செவ். 24 நவ., 12:30 pm வரை",
    }


def test_a_window_within_one_part_of_the_day_names_it_once():
    window = ShownWindow(from_=DAY.replace(hour=9), at=DAY.replace(hour=10), to=DAY.replace(hour=11))
    assert [format_window(window, DAY, tag, "full") for tag in LANGUAGES] == [
        "Tue 24 Nov, 9 am to 11 am",
        "मंगलवार 24 नवंबर को सुबह 9 बजे से 11 बजे के बीच",
        "செவ்வாய், நவம்பர் 24, காலை 9 மணி முதல் 11 மணிக்குள்",
    ]


def test_a_window_of_several_days_names_the_last_one():
    window = ShownWindow(from_=DAY, at=DAY, to=DAY.replace(day=26, hour=21), text_code="by_day")
    assert in_all_languages(format_window, window, DAY) == {
        ("en", "full"): "by Thu 26 Nov",
        ("en", "short"): "by Thu 26 Nov",
        ("hi", "full"): "गुरुवार 26 नवंबर तक",
        ("hi", "short"): "गुरु 26 नव॰ तक",
        ("ta", "full"): "வியாழன், நவம்பர் 26-க்குள்",
        ("ta", "short"): "வியா. 26 நவ. வரை",
    }


def test_a_window_over_midnight_has_its_first_day_until_it_has_begun():
    start, end = DAY.replace(hour=23, minute=45), DAY.replace(day=25, minute=15)
    window = ShownWindow(from_=start, at=start, to=end, text_code="quarter_hours")
    assert [format_window(window, now, "en", "full") for now in (DAY, start)] == [
        "Tue 24 Nov, 11:45 pm to 12:15 am",
        "Wed 25 Nov, by 12:15 am",
    ]


def test_no_time_is_said_of_a_day_on_which_parcels_are_delivered_around_the_clock():
    calendar = DeliveryCalendar(opens_min=0, closes_min=DAY_MIN - 1)
    end = DAY.replace(hour=23, minute=59)
    window = ShownWindow(from_=DAY, at=end, to=end, text_code="day", calendar=calendar)
    assert [format_window(window, now, "en", "full") for now in (DAY.replace(day=23), DAY)] == [
        "by Tue 24 Nov",
        "by Tue 24 Nov",
    ]

"""Dates and times as India writes them: `29 Nov 2026, 18:40 IST`. The admin shows every time in this form."""

DATE_FORMAT = "d M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = r"d M Y, H:i \I\S\T"
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
# The first of each is also how a field of a form shows its value.
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S", "%H:%M:%S.%f"]

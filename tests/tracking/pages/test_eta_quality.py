"""`/eta-quality/`: its texts and figures, its languages, its headers, and its limit."""

import re

import pytest
from django.utils import translation

from tests.tracking.pages.quality import fill_quality
from tests.tracking.services.reading.test_eta_quality import LENGTHS, NOTHING, fill
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.errors import TransientError
from tracking.pages.eta_quality import Row, describe_quality
from tracking.pages.quality_texts import QUALITY
from tracking.ports import TrackingPorts, wire
from tracking.services.reading.eta_quality import (
    EtaQuality,
    HourFigures,
    LengthFigures,
    QualityFigures,
    SubjectQuality,
    WeekFigures,
    WindowWidening,
)

pytestmark = pytest.mark.usefixtures("plain_static")
PATH = "/eta-quality/"
GOOD = NOTHING | {
    "n": 1234,
    "coverage_pct": 81.4,
    "error_min": 42.4,
    "error_pct": 19.6,
    "width_min": 137.0,
    "promised_n": 900,
    "kept_pct": 90.5,
}
NO_BREAK = "\u00a0"


def break_lines(texts):
    """Return the texts with plain spaces; what is no text stays as it is."""
    broken = (text.replace(NO_BREAK, " ") if isinstance(text, str) else text for text in texts)
    return Row(*broken) if isinstance(texts, Row) else tuple(broken)


def make_subject(figures: dict) -> SubjectQuality:
    return SubjectQuality(
        total=QualityFigures(**figures),
        by_length=[LengthFigures(**figures, from_min=low, to_min=high) for low, high in LENGTHS],
        by_hour=[HourFigures(**figures, hour=hour) for hour in (0, 23)],
        by_week=[
            WeekFigures(**NOTHING, week="2026-W46"),
            WeekFigures(**figures, week="2026-W47"),
            WeekFigures(**figures, week="2026-W48"),
        ],
    )


def describe(figures: dict, widening: tuple[float, float] = (0.0, 0.0)) -> dict:
    widened = [WindowWidening(low, high, *widening) for low, high in LENGTHS]
    subject = make_subject(figures)
    return describe_quality(EtaQuality(80.0, 30, legs=subject, deliveries=subject, widening=widened))


@pytest.fixture
def filled(world, time_machine):
    """Wire lane statistics with thirty legs and thirty deliveries of one Sunday."""
    time_machine.move_to("2026-11-22T17:00:00Z", tick=False)
    wire(TrackingPorts(*world, lanes=fill(30)))
    return world


def test_a_row_has_the_figures_as_a_person_would_say_them():
    deliveries, legs = describe(GOOD)["subjects"]
    row = Row("", "1,234", "81 %", 81.4, "good", "42 min", "2 h 17 min", "90 %")
    assert break_lines(deliveries["total"]) == row
    assert break_lines([deliveries["error"]]) == ("42 min, 20 % of the time it took",)
    labels = [[row.label for row in table["rows"]] for table in deliveries["tables"]]
    assert labels == [
        ["under 25 min", "25 to 60 min", "60 to 200 min", "over 200 min"],
        ["23 Nov", "16 Nov"],
        ["00:00", "23:00"],
    ]
    assert (deliveries["has_promises"], legs["has_promises"]) == (True, False)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(59.4, "59 min"), (59.6, "1 h"), (61, "1 h 1 min"), (599.9, "10 h"), (600, "10 h"), (890, "15 h")],
)
def test_long_spans_are_given_in_hours(minutes, text):
    total = describe(GOOD | {"width_min": minutes})["subjects"][0]["total"]
    assert total.width.replace(NO_BREAK, " ") == text


@pytest.mark.parametrize(("coverage", "tone"), [(76.9, "warn"), (77.0, "good"), (95.0, "good")])
def test_only_a_share_well_below_the_goal_is_marked(coverage, tone):
    assert describe(GOOD | {"coverage_pct": coverage})["subjects"][0]["total"].tone == tone


def test_a_figure_of_too_few_is_a_dash():
    total = describe(NOTHING | {"n": 29})["subjects"][0]["total"]
    assert total == Row("", "29", "–", None, "good", "–", "–", "–")


@pytest.mark.parametrize("count", [0, 29])
def test_too_few_predictions_are_said_plainly_and_have_no_table_of_dashes(count):
    few = describe(NOTHING | {"n": count})["subjects"][0]
    sentence = (
        f"There are not enough predictions yet: {count} have been compared, and figures need at least 30."
    )
    assert (few["few_text"], few["tables"]) == (sentence, [])
    assert describe(GOOD | {"n": 30})["subjects"][0]["few_text"] == ""


def test_an_empty_page_says_twice_that_there_are_not_enough_predictions(client, world):
    wire(TrackingPorts(*world, lanes=MemoryLaneStatisticsStore()))
    page = client.get(PATH).content.decode()
    assert page.count("There are not enough predictions yet: 0 have been compared") == 2
    assert (page.count("–"), page.count('class="scores"')) == (0, 0)


def test_the_widening_is_said_for_each_length_and_part_of_the_way():
    (first, *_), (none, *_) = (describe(GOOD, pair)["widening"] for pair in ((3.5, 20.0), (0.0, 0.0)))
    assert break_lines(first.values()) == ("under 25 min", "3.5 % wider", "20 % wider")
    assert none == {"label": "under 25 min", "departure": "not wider", "under_way": "not wider"}


def test_the_page_says_what_the_answer_says(client, world, time_machine):
    lanes, end = fill_quality()
    time_machine.move_to(end, tick=False)
    wire(TrackingPorts(*world, lanes=lanes))
    legs = client.get("/api/v1/eta-quality").json()["legs"]
    page = client.get(PATH).content.decode()
    section = page[page.index('id="legs"') : page.index('id="widening"')]
    shares = re.findall(r'class="inside"[^>]*><span>([^<]*)', section)
    parts = [*legs["by_length"], *(week for week in reversed(legs["by_week"]) if week["n"]), *legs["by_hour"]]
    assert shares == [f"{part['coverage_pct']:.0f}{NO_BREAK}%" if part["n"] >= 30 else "–" for part in parts]


def test_every_cache_may_store_the_page_and_it_has_an_etag(client, filled):
    response = client.get(PATH)
    assert (response.status_code, response["Cache-Control"]) == (
        200,
        "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300",
    )
    assert not {"Vary", "Set-Cookie"} & set(response.headers)
    again = client.get(PATH, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "lang", "h1"),
    [
        ("", "en-IN", "How good our arrival times are"),
        ("?lang=hi", "hi", "हमारे पहुँचने के समय कितने सही हैं"),
        ("?lang=ta-IN", "ta", "எங்கள் வருகை நேரங்கள் எவ்வளவு சரியானவை"),
        ("?lang=xx", "en-IN", "How good our arrival times are"),
    ],
)
def test_the_page_is_in_the_requested_language(client, filled, query, lang, h1):
    page = client.get(f"{PATH}{query}").content.decode()
    assert (f'<html lang="{lang}">' in page, f"<h1>{h1}</h1>" in page) == (True, True)
    assert page.count("hreflang=") == 2


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_every_text_of_the_page_is_translated(language):
    with translation.override(language):
        same = [code for code, text in QUALITY.items() if translation.pgettext(code, text) == text]
    assert same == ["quality.percent"]


def test_the_page_counts_as_a_public_read(client, filled):
    statuses = [client.get(PATH, REMOTE_ADDR="203.0.113.9").status_code for _ in range(60)]
    refused = client.get(PATH, REMOTE_ADDR="203.0.113.9")
    assert (set(statuses), refused.status_code, refused["Retry-After"]) == ({200}, 429, "60")
    assert QUALITY["limited.reads"].split("|")[0] in refused.content.decode()


def test_without_the_store_the_page_says_that_it_is_not_possible_now(client, world):
    class Lost(MemoryLaneStatisticsStore):
        def read(self, keys):
            raise TransientError("no route")

    wire(TrackingPorts(*world, lanes=Lost()))
    client.raise_request_exception = False
    response = client.get(PATH)
    assert (response.status_code, response["Cache-Control"], response["Retry-After"]) == (
        503,
        "no-store",
        "2",
    )

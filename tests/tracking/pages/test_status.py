"""`/status/`: its texts, its languages and headers, and that nothing of the platform can take it down."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import translation

from tracking.domain.errors import TransientError
from tracking.histograms import find_bucket
from tracking.lookup_ports import StreamProgress
from tracking.pages.status import describe_status, format_duration
from tracking.pages.status_texts import STATUS
from tracking.ports import TrackingPorts, wire
from tracking.receipt_ports import MemoryReceipts
from tracking.receipts import DAY, HOUR, SlotFigures, find_slots
from tracking.services.reading.platform_status import read_platform_status
from tracking.services.reading.public_alarms import PUBLIC_ALARMS
from tracking.templatetags.ops import say_publicly

# No test here may touch the database: there is no fixture for it.
pytestmark = pytest.mark.usefixtures("plain_static")
PATH = "/status/"
NOW = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)


def fill(hours: dict[int, SlotFigures], now: datetime = NOW) -> MemoryReceipts:
    """Return a store with these figures by the number of hours before now; 0 is the last hour too."""
    store = MemoryReceipts()
    hour, day = (find_slots(span, now.timestamp()) for span in (HOUR, DAY))
    for ago, figures in hours.items():
        store.keep("host:1:a", {day[-1 - ago]: figures})
        if not ago:
            store.keep("host:1:a", {hour[-2]: figures})
    return store


def screen(span_ms: float, count: int, answered: int = 1000, failed: int = 0) -> SlotFigures:
    return SlotFigures({"screen": {find_bucket(span_ms): count}}, answered, failed)


def describe(hours: dict[int, SlotFigures]) -> dict:
    return describe_status(read_platform_status(fill(hours), NOW))


def test_figures_are_written_as_a_person_would():
    context = describe({0: screen(180, 12_345, 45_678), 3: screen(180, 10, 1, 0)})
    hour, day = context["periods"]
    assert context["verdict"] == STATUS["platform.now.good"]
    assert hour._asdict() == {
        "name": "hour",
        "title": "Last hour",
        "half": "0.2\u00a0s",
        "most": "0.2\u00a0s",
        "nearly": "0.2\u00a0s",
        "updates": "12,345",
        "answered": "100\u00a0%",
        "answered_of": "45,678 of 45,678",
        "since": "Counted from: Today, 1:05\u00a0pm",
    }
    assert (day.updates, day.answered_of) == ("12,355", "45,679 of 45,679")


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [
        ({0: screen(5000, 500)}, "slow"),
        ({0: screen(100, 500, 999, 1)}, "failed"),
        ({0: SlotFigures({}, 10, 0)}, "empty"),
        ({}, "empty"),
        ({0: screen(100, 500, 0, 0)}, "good"),
    ],
)
def test_the_first_sentence_says_how_it_is_now(hours, verdict):
    assert describe(hours)["verdict"] == STATUS[f"platform.now.{verdict}"]


def test_what_was_not_measured_is_no_data_and_not_zero():
    [hour, day] = describe({})["periods"]
    texts = (hour.half, hour.most, hour.nearly, hour.updates, hour.answered, hour.answered_of, hour.since)
    assert texts == ("No data",) * 5 + ("", "")
    assert describe({})["no_incidents"] == "No data"
    assert describe({0: screen(100, 5)})["no_incidents"] == "Nothing went wrong."
    assert day.updates == "No data"


def test_a_share_is_never_rounded_up_to_all():
    [hour, _] = describe({0: screen(100, 5, 999_999, 1)})["periods"]
    assert (hour.answered, hour.answered_of) == ("99.99\u00a0%", "9,99,999 of 10,00,000")


def test_incidents_say_when_and_what():
    hours = {5: screen(4000, 500), 4: screen(100, 5, 90, 10), 2: screen(100, 5)}
    shown = [(each["when"], each["text"]) for each in describe(hours)["incidents"]]
    assert shown == [
        (
            "Sun 22 Nov, 9:30\u00a0am – 10:30\u00a0am",
            "No update arrived. Either no vehicle reported, or our processing stood still.",
        ),
        ("Sun 22 Nov, 8:30\u00a0am – 9:30\u00a0am", "10 requests for a parcel were not answered."),
        (
            "Sun 22 Nov, 7:30\u00a0am – 8:30\u00a0am",
            "Updates were slow: one in a hundred took up to 4.5\u00a0s to reach the screen.",
        ),
    ]


def test_an_incident_over_midnight_names_both_days():
    # It began at half past eleven in the evening in India.
    [shown] = describe({13: screen(100, 5, 9, 1), 0: screen(100, 5)})["incidents"][-1:]
    assert shown["when"] == "Sat 21 Nov, 11:30\u00a0pm – Sun 22 Nov, 12:30\u00a0am"


@pytest.mark.parametrize(
    ("span_ms", "text"),
    [(40, "0.1 s"), (101, "0.2 s"), (9_949, "10 s"), (61_200, "62 s"), (150_000, "3 min")],
)
def test_durations_are_rounded_up(span_ms, text):
    assert format_duration(span_ms).replace("\u00a0", " ") == text


@pytest.fixture
def filled(world, time_machine):
    """Wire the figures of an hour in which all was well."""
    time_machine.move_to(NOW, tick=False)
    wire(TrackingPorts(*world, receipts=fill({0: screen(180, 500)})))


def test_every_cache_may_store_the_page_and_it_has_an_etag(client, filled):
    response = client.get(PATH)
    assert (response.status_code, response["Cache-Control"]) == (
        200,
        "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300",
    )
    assert not {"Vary", "Set-Cookie"} & set(response.headers)
    again = client.get(PATH, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_store_that_cannot_be_reached_leaves_a_page_that_says_so(client, world):
    class Lost(MemoryReceipts):
        def read(self, slots):
            raise TransientError("no route")

    wire(TrackingPorts(*world, receipts=Lost()))
    response = client.get(PATH)
    page = response.content.decode()
    assert (response.status_code, STATUS["platform.now.unread"] in page) == (200, True)
    assert ("No data" in page, STATUS["platform.incidents.unknown"] in page) == (False, True)


def test_updates_are_not_called_on_time_while_the_stream_is_not_read(client, world, time_machine):
    class Reading:
        def read_progress(self):
            return StreamProgress(NOW - timedelta(seconds=11), 2, 2)

    time_machine.move_to(NOW, tick=False)
    receipts = fill({0: screen(180, 500)})
    wire(TrackingPorts(*world, receipts=receipts, stream_progress=Reading()))
    page = client.get(PATH).content.decode()
    assert f'<p class="lead now warn">{STATUS["platform.now.late"]}</p>' in page


class Alarmed:
    """Alarms that are on; None stands for alarms that cannot be read."""

    def __init__(self, *names):
        self.names = names

    def list_on(self):
        if None in self.names:
            raise TransientError("no route")
        return self.names


@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        (["push-promise"], "slow"),
        (["response-time", "burn-slow", "push-latency"], "failed"),
        (["burn-fast", "shards-unread"], "late"),
        (["sms-spend", "cpu-high"], "good"),
        ([None], "good"),
    ],
)
def test_no_page_says_that_all_is_well_while_a_public_alarm_is_on(
    client, world, time_machine, names, verdict
):
    time_machine.move_to(NOW, tick=False)
    wire(TrackingPorts(*world, receipts=fill({0: screen(180, 500)}), alarms=Alarmed(*names)))
    page = client.get(PATH).content.decode()
    shown = (STATUS[f"platform.now.{verdict}"] in page, STATUS["platform.incidents.none"] in page)
    assert shown == (True, verdict == "good")


def test_the_console_shows_an_alarm_with_the_sentence_of_the_public_page():
    sentences = [say_publicly(name) for name in ("push-promise", "sms-spend")]
    assert sentences == [STATUS["platform.now.slow"], ""]


def test_each_alarm_by_which_customers_are_affected_has_a_public_sentence():
    template = Path(__file__).parents[3] / "deploy/templates/observe.yaml"
    rule = re.search(r"customers-affected\n(.*?)AlarmActions", template.read_text(), re.DOTALL)[1]
    members = set(re.findall(r"ALARM\(swiftlogix-\$\{Stage\}-([a-z-]+)\)", rule))
    assert (len(members) > 5, members - set(PUBLIC_ALARMS)) == (True, set())


@pytest.mark.parametrize(
    ("query", "lang", "h1"),
    [
        ("", "en-IN", "Platform status"),
        ("?lang=hi", "hi", "प्लेटफ़ॉर्म की स्थिति"),
        ("?lang=ta-IN", "ta", "தளத்தின் நிலை"),
    ],
)
def test_the_page_is_in_the_requested_language(client, filled, query, lang, h1):
    page = client.get(f"{PATH}{query}").content.decode()
    assert (f'<html lang="{lang}">' in page, f"<h1>{h1}</h1>" in page) == (True, True)


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_every_text_of_the_page_is_translated(language):
    with translation.override(language):
        same = [code for code, text in STATUS.items() if translation.pgettext(code, text) == text]
    assert same == ["platform.percent"]

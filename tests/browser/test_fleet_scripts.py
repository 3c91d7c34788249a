"""Rules of the fleet page's scripts, called in a browser: clusters, trail, ages, faults of the stream."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.templatetags.static import static

from tests.distribution import in_browser
from tracking.domain.events import format_time
from tracking.pages.vehicles import STATE_STYLES, list_vehicles
from tracking.services.reading.parcels_aboard import WORST_FIRST

pytestmark = [pytest.mark.browser, in_browser]
# Fields of an incident that say nothing about the state of its vehicle.
ROW = {"id": 1, "shipment_id": None, "subject": "s", "resolved_at": None}


@pytest.fixture(scope="module")
def call(browser, web):
    """Calls code with a module of the fleet page, which has the name `m`; returns its result."""
    page = browser.new_context().new_page()
    # Any page of the same host can import the modules; a picture has no scripts of its own.
    page.goto(f"{web}{static('tracking/ops/mark.svg')}")

    def run(module, code, argument=None):
        source = static(f"tracking/ops/{module}.js")
        return page.evaluate(
            f"async (argument) => {{ const m = await import('{source}'); {code} }}", argument
        )

    yield run
    page.context.close()


def touch(a, b):
    reach = a["radius"] + b["radius"]
    return (a["x"] - b["x"]) ** 2 + (a["y"] - b["y"]) ** 2 < reach**2 - 1e-6


def test_clusters_hold_every_mark_and_no_two_of_them_touch(call):
    marks = [
        {"id": n, "x": (n * 7919) % 1280, "y": (n * 104729) % 800 / (1 + n % 3), "radius": 6 + n % 9}
        for n in range(500)
    ]
    clusters = call("clusters", "return m.mergeTouching(argument);", marks)
    assert sorted(mark["id"] for cluster in clusters for mark in cluster["marks"]) == list(range(500))
    pairs = [(a, b) for n, a in enumerate(clusters) for b in clusters[:n]]
    assert not any(touch(a, b) for a, b in pairs)
    assert len(clusters) < len(marks)


def test_marks_that_do_not_touch_stay_as_they_are(call):
    marks = [{"id": n, "x": 20.5 * n, "y": 10, "radius": 10} for n in range(20)]
    assert call("clusters", "return m.mergeTouching(argument);", marks) == [
        {"x": mark["x"], "y": 10, "radius": 10, "marks": [mark]} for mark in marks
    ]


def test_a_trail_takes_newer_points_only_and_forgets_those_of_half_an_hour_ago(call):
    code = """
      const trail = new m.Trail("");
      const at = (minute) => ({ t: minute * 60000, lat: minute, lon: 77, heading: 90 });
      trail.take([at(0), at(1), at(20)], at(20).t);
      trail.take([at(1), at(20), at(31)], at(31).t);
      return trail.points.map((point) => point.lat);
    """
    assert call("trail", code) == [20, 31]


def test_a_marker_is_one_interval_behind_its_vehicle_and_never_goes_back(call):
    code = """
      const track = new m.Track({ t: 0, lat: 0, lon: 0, heading: null });
      const fix = (second) => ({ t: second * 1000, lat: second / 1000, lon: 0, heading: 0 });
      for (let second = 1; second <= 100; second++) track.take(fix(second), second * 1000);
      return [100, 100.5, 99, 110].map((second) => track.at(second * 1000).lat).concat(track.fixes.length);
    """
    assert call("glide", code) == pytest.approx([0.099, 0.0995, 0.0995, 0.105, 60], abs=1e-6)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"heardAt": 88, "stream": None}, None),
        ({"heardAt": 87.9, "stream": None}, {"since": 87900, "short": "No frames"}),
        ({"heardAt": 99, "stream": 90.1}, None),
        ({"heardAt": 99, "stream": 89.9}, {"since": 89900, "short": "Not read"}),
        ({"heardAt": 99, "stream": "never"}, {"since": None, "short": "Not read"}),
    ],
)
def test_old_data_are_a_fault_after_seconds_without_a_frame_or_without_a_read(call, facts, fault):
    code = """
      const { heardAt, stream } = argument;
      const until = stream === "never" ? null : new Date(stream * 1000).toISOString();
      const progress = stream === null ? null : { read_until: until, shards: 4, stopped: 1 };
      const found = m.findFault({ now: 100000, heardAt: heardAt * 1000, stream: progress });
      return found && { since: found.since, short: found.short };
    """
    assert call("staleness", code, facts) == fault


def test_lines_of_the_map_are_read_from_their_steps(call):
    rings = [[[77000, 12000, 5, -7, -5, 7]], [[-1, 2, 3, 4]]]
    shapes = {
        "credit": "©",
        "units": 1000,
        "layers": {
            "india": {"type": "MultiPolygon", "steps": rings},
            "borders": {"type": "MultiLineString", "steps": [rings[0][0]]},
            "cities": {"type": "FeatureCollection", "features": []},
        },
    }
    first = [[77, 12], [77.005, 11.993], [77, 12]]
    assert call("map_shapes", "return m.readShapes(argument);", shapes) == {
        "credit": "©",
        "layers": {
            "india": {
                "type": "MultiPolygon",
                "coordinates": [[first], [[[-0.001, 0.002], [0.002, 0.006]]]],
            },
            "borders": {"type": "MultiLineString", "coordinates": [first]},
            "cities": {"type": "FeatureCollection", "features": []},
        },
    }


def test_bounds_leave_the_space_of_a_town_unless_less_is_asked_for(call):
    code = "return [m.around(argument), m.around(argument, 0.002), m.around([])];"
    points = [{"lat": 12.9, "lon": 77.5}, {"lat": 13.0, "lon": 77.6}]
    town, near, nothing = call("fleet_map", code, points)
    assert [*town[0], *town[1]] == pytest.approx([77.45, 12.85, 77.65, 13.05])
    assert [*near[0], *near[1]] == pytest.approx([77.498, 12.898, 77.602, 13.002])
    assert nothing is None


def test_ages_are_never_negative_and_a_fast_clock_is_named(call):
    code = "return argument.map((seconds) => m.formatHeard(seconds * 1000));"
    expected = ["1 s ago", "75 s ago", "1 s ago", "clock 3 min fast"]
    assert call("times", code, [0, 75, -30, -200]) == expected


def test_the_script_finds_the_same_state_and_parcel_of_a_vehicle_as_the_server(call):
    now = datetime(2026, 11, 22, 7, tzinfo=UTC)
    report = {"lat": 12.9, "lon": 77.5, "heading": None}
    parcel = {"shipment_id": "SLX-1", "status": "in_transit", "more": 3}
    facts = product(
        (1, 11),
        (None, "in_transit", "exception", "attempt_failed", "delivered", "returned", "cancelled"),
        (True, False),
        (None, 0.0, 40.0),
        (None, *WORST_FIRST),
    )
    vehicles = [
        report
        | {
            "vehicle_id": f"v{number:03}",
            "occurred_at": format_time(now - timedelta(minutes=minutes)),
            "status": status,
            "is_delayed": is_delayed,
            "speed_kmh": speed_kmh,
            "shipment_id": status and "SLX-2",
            "aboard": aboard,
            "worst_parcel": aboard and parcel,
        }
        for number, (minutes, status, is_delayed, speed_kmh, aboard) in enumerate(facts)
    ]
    incident = {"code": "exception", "severity": "high", "vehicle_id": "v001", "snoozed_until": None}
    frame = {"type": "snapshot", "at": format_time(now), "vehicles": vehicles, "incidents": [incident | ROW]}
    code = """
      const fleet = new m.Fleet();
      fleet.take(argument);
      return fleet.listVehicles().map(({ vehicle, state }) => [vehicle.vehicle_id, state, vehicle.carried]);
    """
    rows = list_vehicles(vehicles, [incident], now)
    expected = [[row.vehicle_id, row.state, row.carried._asdict()] for row in rows]
    assert call("fleet_state", code, frame) == expected
    assert {row.state for row in rows} == set(STATE_STYLES)


def test_a_snoozed_incident_is_not_on_the_card_of_another_one(call):
    now = datetime.now(UTC)
    times = {"opened_at": format_time(now), "due_at": format_time(now + timedelta(hours=1))}
    row = ROW | times | {"shipment_id": "SLX-1", "severity": "high", "code": "delayed", "vehicle_id": None}
    snoozed = row | {"id": 2, "snoozed_until": format_time(now + timedelta(minutes=15))}
    code = """
      const fleet = new m.Fleet();
      fleet.take(argument);
      return fleet.listCards().map((card) => card.map(({ incident }) => incident.id));
    """
    frame = {
        "type": "fleet",
        "at": format_time(now),
        "incidents": [row | {"snoozed_until": None}, snoozed],
    }
    assert call("fleet_state", code, frame) == [[1]]


def test_a_change_that_is_sent_twice_is_kept_once(call):
    at = format_time(datetime.now(UTC))
    first, second = (
        {"change_id": f"c{number}", "type": "status_changed", "shipment_id": "SLX-1", "occurred_at": at}
        for number in (1, 2)
    )
    code = """
      const fleet = new m.Fleet();
      for (const changes of argument.sent) fleet.take({ type: "fleet", at: argument.at, changes });
      return fleet.changes.map((change) => change.change_id).sort();
    """
    sent = [[first, first], [first, second, second]]
    assert call("fleet_state", code, {"at": at, "sent": sent}) == ["c1", "c2"]

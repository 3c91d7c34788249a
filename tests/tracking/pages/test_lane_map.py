"""Map of a journey: the parcel is where it is, the way leads through its towns, names keep apart."""

import gzip
import re
from itertools import combinations

import pytest

from tracking.pages.basemap import read_basemap
from tracking.pages.lane_map import CORE, HEIGHT, LIFT, SLACK, WIDTH, Stop, draw_scene

# Of the 40 KB that a customer's page may have in all, compressed.
MOST_BYTES = 6_000
NELAMANGALA, MYSURU = Stop("Nelamangala", 13.099, 77.3935), Stop("Mysuru", 12.341, 76.621)
KOLKATA, MUMBAI = Stop("Kolkata", 22.56, 88.36), Stop("Mumbai", 19.08, 72.88)
KOCHI, KAVARATTI = Stop("Kochi", 9.97, 76.28), Stop("Kavaratti", 10.566, 72.642)
KENGERI, MADDUR = Stop("Kengeri", 12.908, 77.487), Stop("Maddur", 12.584, 77.043)


def place_of(scene, lat, lon):
    return scene.backdrop.frame.place(read_basemap().project(lat, lon))


def read_point(text):
    return tuple(float(number) for number in text.split())


def read_end(path):
    """Return the last point of an SVG path."""
    return tuple(float(number) for number in re.findall(r"-?[\d.]+", path)[-2:])


# On the way, far to its side, and far beyond its end.
@pytest.mark.parametrize("at", [(12.59, 77.05), (12.95, 76.3), (11.9, 76.0), (13.099, 77.3935)])
def test_the_dot_is_where_the_parcel_is(at):
    scene = draw_scene(NELAMANGALA, MYSURU, (), *at)
    dot = read_point(scene.dot)
    assert dot == pytest.approx(place_of(scene, *at), abs=0.06)
    # A small phone shows it, with its halo.
    assert abs(dot[0] - WIDTH / 2) <= CORE[0] / 2 + SLACK
    assert abs(dot[1] - HEIGHT / 2 + LIFT) <= CORE[1] / 2 + SLACK


def test_the_solid_way_ends_at_the_parcel_and_the_rest_at_the_destination():
    scene = draw_scene(NELAMANGALA, MYSURU, (KENGERI, MADDUR), 12.55, 76.95)
    assert read_end(scene.done) == pytest.approx(read_point(scene.dot), abs=0.06)
    assert read_end(scene.rest) == pytest.approx(place_of(scene, MYSURU.lat, MYSURU.lon), abs=0.06)


def test_the_way_leads_through_the_towns_of_the_journey_and_names_them():
    scene = draw_scene(NELAMANGALA, MYSURU, (KENGERI, MADDUR), 12.45, 76.80)
    assert {name.text for name in scene.towns} == {"Kengeri", "Maddur"}
    for town in (KENGERI, MADDUR):
        x, y = place_of(scene, town.lat, town.lon)
        assert f"{x:.1f}".rstrip("0").rstrip(".") in scene.done
        assert any(name.dot == (x, y) for name in scene.towns)


def test_a_name_is_shown_once():
    scene = draw_scene(NELAMANGALA, MYSURU, (KENGERI, MADDUR), 12.45, 76.80)
    texts = [name.text for name in (*scene.names, *scene.towns, *scene.ends) if not name.is_state]
    assert sorted(texts) == sorted(set(texts))


def test_ends_of_the_same_name_beside_each_other_have_it_once():
    """A parcel that one hub takes in and delivers, and one that two hubs of the same part of a town share."""
    one, other = Stop("Yelahanka", 13.1, 77.59), Stop("Yelahanka", 13.101, 77.593)
    shown = [
        [end.text for end in draw_scene(one, last, (), 13.11, 77.6).ends if not end.is_twin]
        for last in (one, other, MYSURU)
    ]
    assert shown == [["Yelahanka"], ["Yelahanka"], ["Yelahanka", "Mysuru"]]


@pytest.mark.parametrize(
    ("origin", "destination", "towns", "at"),
    [
        (NELAMANGALA, MYSURU, (KENGERI, MADDUR), (12.45, 76.80)),
        (MUMBAI, KOLKATA, (Stop("Nagpur", 21.15, 79.09), Stop("Raipur", 21.25, 81.63)), (21.5, 83.9)),
        (KOCHI, KAVARATTI, (), (10.2, 74.9)),
    ],
)
def test_no_name_covers_another_or_lies_outside_the_map(origin, destination, towns, at):
    scene = draw_scene(origin, destination, towns, *at)
    names = (*scene.names, *scene.towns, *scene.ends)
    assert [
        (one.text, other.text)
        for one, other in combinations(names, 2)
        if one.box[0] < other.box[2]
        and other.box[0] < one.box[2]
        and one.box[1] < other.box[3]
        and other.box[1] < one.box[3]
    ] == []
    assert [name.text for name in names if name.box[1] < 0 or name.box[3] > HEIGHT] == []


@pytest.mark.parametrize(
    ("at", "percent"), [((13.099, 77.3935), 0), ((12.72, 77.007), 50), ((12.341, 76.621), 100)]
)
def test_the_part_done_is_measured_on_the_way(at, percent):
    assert draw_scene(NELAMANGALA, MYSURU, (), *at).percent == percent


def test_a_parcel_near_its_way_does_not_change_the_window():
    frames = {draw_scene(NELAMANGALA, MYSURU, (), *at).backdrop.frame for at in [(12.9, 77.2), (12.6, 77.0)]}
    assert len(frames) == 1


def test_the_picture_of_a_long_way_and_of_a_coast_of_islands_stays_small():
    sizes = [
        len(gzip.compress(f"{drawn.india} {drawn.neighbours} {drawn.states} {drawn.grid}".encode()))
        for drawn in (
            draw_scene(MUMBAI, KOLKATA, (), 21.5, 83.9).backdrop,
            draw_scene(KOLKATA, Stop("Gosaba", 22.16, 88.81), (), 22.3, 88.6).backdrop,
            draw_scene(KOCHI, KAVARATTI, (), 10.2, 74.9).backdrop,
        )
    ]
    assert max(sizes) < MOST_BYTES

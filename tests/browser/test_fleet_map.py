"""Console's map in a real browser with WebGL: streets from an archive, localities, both themes."""

import dataclasses
import re
from itertools import cycle, product

import pytest
from django.test import Client
from PIL import Image

from tests.browser.accessibility import find_violations
from tests.browser.fleet_world import launch_with_webgl
from tests.browser.screens import keep_screenshot, take_screenshot
from tests.browser.views import STAFF_WIDTHS, THEMES
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.long_runs import LONG
from tests.staff import make_staff
from tests.streets import write_streets
from tests.tracking.pages.bookings import HUBS
from tests.waiting import wait_for
from tracking.adapters.tile_archives import LocalTileArchive
from tracking.map_ports import MapData
from tracking.models import Hub
from tracking.ports import ports, wire
from tracking.services.requests.roles import Role
from workers.places.localities import Localities

pytestmark = [pytest.mark.browser, in_browser]
MAP_DATA = re.compile(r"/(streets\.pmtiles|localities\.json)")
# Red, green, blue of the tokens.
WATER = {"light": (0xD7, 0xE5, 0xEC), "dark": (0x0B, 0x15, 0x19)}
MAIN_ROAD = {"light": (0xC3, 0xCA, 0xC0), "dark": (0x41, 0x58, 0x4D)}


@pytest.fixture(scope="module")
def drawing_browser(browser_type, browser_type_launch_args):
    launched = launch_with_webgl(browser_type, browser_type_launch_args)
    yield launched
    launched.close()


@pytest.fixture
def hubs(store):
    for hub_id in ("BLR-PNY", "BLR-WFD"):
        Hub.objects.create(hub_id=hub_id, pin_code="560000", **HUBS[hub_id])


def open_fleet(browser, web, theme, width=1280):
    """Open the map as a viewer; return the page, its watch, and the answers with streets or localities."""
    client = Client()
    client.force_login(make_staff(Role.VIEWER, f"viewer-{theme}-{width}"))
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 860})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
    page = context.new_page()
    watch, answers = Watch(page, web), []
    # A map that opens near its hubs asks for localities before it is ready.
    page.on("response", lambda answer: answers.append(answer) if MAP_DATA.search(answer.url) else None)
    page.goto(f"{web}/ops/?view=map")
    page.wait_for_selector("[data-map-ready]")
    return page, watch, answers


def count_colours(page, name):
    """Keep a screenshot of the window; return how many pixels each colour has."""
    with Image.open(take_screenshot(page, name, whole=False)) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=2**24)
    return {colour: count for count, colour in colours}


def test_an_archive_puts_streets_on_the_map_in_the_colours_of_the_theme(
    drawing_browser, web, hubs, tmp_path
) -> None:
    archive = LocalTileArchive(write_streets(tmp_path / "streets.pmtiles"))
    wire(dataclasses.replace(ports(), maps=MapData(tiles=archive)))
    page, watch, answers = open_fleet(drawing_browser, web, "light")

    def shows(theme: str) -> bool:
        """Look for roads, and for a lake where our own map has land."""
        counts = count_colours(page, f"ops-streets-{theme}")
        return counts.get(MAIN_ROAD[theme], 0) >= 500 and counts.get(WATER[theme], 0) >= 20_000

    wait_for(lambda: page.click("[data-zoom='1']") or shows("light"), pause_s=0.5)
    page.emulate_media(color_scheme="dark")
    wait_for(lambda: shows("dark"), pause_s=0.5)
    assert "© OpenStreetMap contributors" in page.inner_text(".credit")
    assert ({answer.status for answer in answers}, len(answers) >= 2) == ({206}, True)
    assert (find_violations(page), watch.sideways(), watch.faults()) == ([], [], [])
    page.context.close()


@pytest.mark.parametrize(
    ("width", "theme"),
    list(
        product(STAFF_WIDTHS.values(), THEMES)
        if LONG
        else zip(STAFF_WIDTHS.values(), cycle(THEMES), strict=False)
    ),
)
def test_without_an_archive_the_map_names_the_localities_of_its_cities(
    theme, width, drawing_browser, web, hubs
) -> None:
    wire(dataclasses.replace(ports(), maps=MapData(localities=Localities())))
    page, watch, answers = open_fleet(drawing_browser, web, theme, width)
    wait_for(lambda: page.click("[data-zoom='1']") or answers, pause_s=0.5)
    assert len(answers) == 1
    assert {row[0] for row in answers[0].json()} >= {"Koramangala", "Jayanagar", "Malleswaram"}
    keep_screenshot(page, f"ops-localities-{theme}-{width}", whole=False)
    assert (find_violations(page), watch.sideways(), watch.faults()) == ([], [], [])
    page.context.close()

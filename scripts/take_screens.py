#!/usr/bin/env python
"""Takes the pictures in docs/screens: starts a demo, drives Chromium, writes PNG files, and stops the demo.

One picture needs what comes with time: a van near its recipient. It is tried until it can be taken, and the
others come after it, so that no page is empty. Exits with 1 if a picture is missing at the end.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402 - the path comes first

from laboratory.local.stopping import stop_on_signals  # noqa: E402 - the path comes first
from tests.browser.chromium import OPTIONS, find_chromium  # noqa: E402 - the path comes first

SCREENS = ROOT / "docs" / "screens"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
DARK = {"color_scheme": "dark"}
# WebGL in software, for machines without a graphics card.
SOFTWARE_GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
RENDERED_AFTER_MS = 4000
MAP_WITHIN_MS = 60_000
RETRY_EVERY_S = 15.0
Demo = dict[str, Any]


class Picture(NamedTuple):
    """Picture of a page; `open` leads to what it shows and returns whether that is there yet."""

    open: Callable[[Page, Demo], bool]
    device: dict[str, Any]


def main() -> None:
    """Take all pictures; exit with 1 if one is missing."""
    options = read_options()
    options.out.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    if chromium is None:
        sys.exit("There is no Chromium: `make browser` installs one.")
    with stop_on_signals(), open_demo(options.demo) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*OPTIONS, *SOFTWARE_GL])
        missing = take_pictures(browser, demo, LATER, options.out, options.wait)
        missing += take_pictures(browser, demo, AT_ONCE, options.out, wait_s=0)
        browser.close()
    sys.stderr.writelines(f"{name} could not be taken\n" for name in missing)
    sys.exit(1 if missing else 0)


def read_options() -> argparse.Namespace:
    """Return the options of the command line; exit with 2 if they are wrong."""
    parser = argparse.ArgumentParser(description="Take the pictures in docs/screens from a demo.")
    parser.add_argument("--demo", type=Path, metavar="F", help="take them from the demo with this demo.json")
    parser.add_argument("--out", type=Path, default=SCREENS, metavar="DIR", help="default: docs/screens")
    parser.add_argument(
        "--wait",
        type=float,
        default=1200.0,
        metavar="S",
        help="seconds to wait for a van near its recipient (default: 1200)",
    )
    options = parser.parse_args()
    if options.demo and not options.demo.is_file():
        parser.error(f"{options.demo} does not exist: does the demo run?")
    return options


@contextmanager
def open_demo(running: Path | None) -> Iterator[Demo]:
    """Yield the description of a running demo; without one start a demo, and stop it at the end."""
    if running:
        yield json.loads(running.read_text())
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "manage.py", "demo", "--var", folder, "--json"]
        with subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as started:
            try:
                described = started.stdout.readline() if started.stdout else ""
                if not described:
                    sys.exit("The demo did not start.")
                yield json.loads(described)
            finally:
                started.send_signal(signal.SIGINT)


def take_pictures(
    browser: Browser, demo: Demo, pictures: Mapping[str, Picture], out: Path, wait_s: float
) -> list[str]:
    """Take pictures, each as soon as what it shows is there; return the names of those still missing."""
    missing, ends_at = list(pictures), time.monotonic() + wait_s
    while missing:
        missing = [name for name in missing if not take_picture(browser, demo, pictures[name], out / name)]
        if not missing or time.monotonic() >= ends_at:
            break
        time.sleep(RETRY_EVERY_S)
    return missing


def take_picture(browser: Browser, demo: Demo, picture: Picture, path: Path) -> bool:
    """Write the picture as `path` with the suffix .png; return False if what it shows is not there yet."""
    page = browser.new_page(**picture.device)
    is_there = picture.open(page, demo)
    if is_there:
        page.wait_for_timeout(RENDERED_AFTER_MS)
        page.screenshot(path=path.with_suffix(".png"))
        sys.stdout.write(f"{path.name}.png\n")
        sys.stdout.flush()
    page.close()
    return is_there


def open_path(page: Page, demo: Demo, path: str) -> bool:
    """Open a public page."""
    page.goto(demo["web"] + path)
    return True


def open_customer_page(page: Page, demo: Demo) -> bool:
    """Open the page of the first parcel in time that is between two hubs: its map shows where it is."""
    for shipment in list_shipments(page, demo, "in_transit"):
        if shipment["is_delayed"] or not shipment["eta"]:
            continue
        page.goto(shipment["tracking_url"])
        if page.query_selector(".map"):
            return True
    return False


def open_last_mile(page: Page, demo: Demo) -> bool:
    """Unlock the page of the first recipient whose van is near."""
    for shipment in list_shipments(page, demo, "out_for_delivery"):
        page.goto(shipment["tracking_url"])
        page.click("#private summary")
        page.fill("#secret", shipment["recipient"]["phone"][-4:])
        page.click("#private button")
        page.wait_for_selector("main[data-ready] #private.acts")
        if page.query_selector(".map.near"):
            page.evaluate("scrollTo(0, 0)")
            return True
    return False


def list_shipments(page: Page, demo: Demo, status: str) -> list[dict[str, Any]]:
    """Return the shipments in this status, as the API answers."""
    address = f"{demo['web']}/api/v1/shipments?status={status}&limit=200"
    answer = page.request.get(address, headers={"Authorization": f"Bearer {demo['api_key']}"})
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def open_console(page: Page, demo: Demo, path: str) -> bool:
    """Open a page of the console as the demo's operator; a map is drawn before the picture is taken."""
    login = demo["logins"]["ops"]
    page.goto(demo["web"] + path)
    page.fill("input[name=username]", login["username"])
    page.fill("input[name=password]", login["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(demo["web"] + path)
    if path == FLEET:
        page.wait_for_selector("[data-map-ready]", timeout=MAP_WITHIN_MS)
    return True


FLEET = "/ops/"
CONSOLE = {
    "ops": FLEET,
    "ops-incidents": "/ops/incidents/",
    "ops-kpis": "/ops/kpis/",
    "ops-pipeline": "/ops/pipeline/",
    "ops-outbox": "/ops/outbox/",
}
# The picture of what comes with time, and those that can be taken at any time.
LATER = {
    "customer-last-mile": Picture(open_last_mile, PHONE),
}
AT_ONCE = {
    "customer-phone": Picture(open_customer_page, PHONE),
    "customer-phone-dark": Picture(open_customer_page, PHONE | DARK),
    **{name: Picture(partial(open_console, path=path), DESKTOP) for name, path in CONSOLE.items()},
    "ops-dark": Picture(partial(open_console, path=FLEET), DESKTOP | DARK),
    "front": Picture(partial(open_path, path="/"), DESKTOP),
    "api-docs": Picture(partial(open_path, path="/api/docs/"), DESKTOP),
}

if __name__ == "__main__":
    main()

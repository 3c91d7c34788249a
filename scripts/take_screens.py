#!/usr/bin/env python
"""Takes the pictures in docs/screens from the demo that runs: make demo, wait a minute, run this.

Reads var/demo.json (or the file named as its argument), drives Chromium, writes PNG files.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402 - the path comes first

from tests.browser.chromium import OPTIONS, find_chromium  # noqa: E402 - the path comes first

SCREENS = ROOT / "docs" / "screens"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
# The maps draw themselves on a machine without a graphics card.
SOFTWARE_GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
SETTLED_MS = 4000
MAP_WITHIN_MS = 60_000
FLEET = "/ops/"
CONSOLE = {"ops": FLEET, "ops-pipeline": "/ops/pipeline/", "ops-outbox": "/ops/outbox/"}


def main() -> None:
    """Take every picture of the running demo."""
    told = json.loads(Path(sys.argv[1] if sys.argv[1:] else ROOT / "var" / "demo.json").read_text())
    SCREENS.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*OPTIONS, *SOFTWARE_GL])
        take_customer(browser, told)
        take_last_mile(browser, told)
        take_console(browser, told)
        browser.close()


def take_customer(browser: Browser, told: dict) -> None:
    """The customer's page on a phone, light and dark, as far as the screen shows it."""
    for scheme, name in (("light", "customer-phone"), ("dark", "customer-phone-dark")):
        page = browser.new_page(viewport=PHONE, device_scale_factor=2, color_scheme=scheme)
        page.goto(told["example"]["page"])
        keep(page, name)


def take_last_mile(browser: Browser, told: dict) -> None:
    """The unlocked page of a recipient whose van is near: the first such parcel that is out for delivery."""
    page = browser.new_page(viewport=PHONE, device_scale_factor=2)
    headers = {"Authorization": f"Bearer {told['api_key']}"}
    listed = page.request.get(
        f"{told['web']}/api/v1/shipments?status=out_for_delivery&limit=200", headers=headers
    )
    for shipment in listed.json()["results"]:
        page.goto(shipment["tracking_url"])
        page.click("#private summary")
        page.fill("#secret", shipment["recipient"]["pin_code"])
        page.click("#private button")
        if page.query_selector(".map.near"):
            keep(page, "customer-last-mile")
            return
    sys.stdout.write("no parcel is on its last mile: wait a minute and try again\n")


def take_console(browser: Browser, told: dict) -> None:
    """The console's pages on a desktop, signed in; the fleet in both themes."""
    for scheme, pages in (("light", CONSOLE), ("dark", {"ops-dark": FLEET})):
        page = browser.new_page(viewport=DESKTOP, color_scheme=scheme)
        sign_in(page, told)
        for name, address in pages.items():
            page.goto(told["web"] + address)
            if address == FLEET:
                page.wait_for_selector("[data-map-ready]", timeout=MAP_WITHIN_MS)
            keep(page, name)


def sign_in(page: Page, told: dict) -> None:
    """Sign in as the demo's operator."""
    page.goto(f"{told['web']}/ops/")
    page.fill("input[name=username]", told["logins"]["ops"]["username"])
    page.fill("input[name=password]", told["logins"]["ops"]["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()


def keep(page: Page, name: str) -> None:
    """Wait until the page has drawn itself, and write its picture."""
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=SCREENS / f"{name}.png")
    sys.stdout.write(f"docs/screens/{name}.png\n")


if __name__ == "__main__":
    main()

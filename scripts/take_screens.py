#!/usr/bin/env python
"""Takes the screenshots in docs/screens from a running demo: start `make demo`, wait a minute, run this.

Reads var/demo.json (or the file given as argument), drives Chromium and writes PNG files.
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
# WebGL in software, for machines without a graphics card.
SOFTWARE_GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
RENDERED_AFTER_MS = 4000
MAP_WITHIN_MS = 60_000
FLEET = "/ops/"
CONSOLE = {
    "ops": FLEET,
    "ops-incidents": "/ops/incidents/",
    "ops-kpis": "/ops/kpis/",
    "ops-pipeline": "/ops/pipeline/",
    "ops-outbox": "/ops/outbox/",
}
PUBLIC = {"front": "/", "api-docs": "/api/docs/"}


def main() -> None:
    """Take all screenshots of the running demo."""
    demo = json.loads(Path(sys.argv[1] if sys.argv[1:] else ROOT / "var" / "demo.json").read_text())
    SCREENS.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*OPTIONS, *SOFTWARE_GL])
        take_customer_page(browser, demo)
        take_last_mile(browser, demo)
        take_console(browser, demo)
        take_public(browser, demo)
        take_quality(browser, demo)
        browser.close()


def take_customer_page(browser: Browser, demo: dict) -> None:
    """Take the visible part of the customer page on a phone, light and dark."""
    for scheme, name in (("light", "customer-phone"), ("dark", "customer-phone-dark")):
        page = browser.new_page(viewport=PHONE, device_scale_factor=2, color_scheme=scheme)
        example = demo["example"]
        page.goto(example["page"] if example else list_out_for_delivery(page, demo)[0]["tracking_url"])
        save_screenshot(page, name)


def take_last_mile(browser: Browser, demo: dict) -> None:
    """Take the unlocked page of the first recipient whose van is near."""
    page = browser.new_page(viewport=PHONE, device_scale_factor=2)
    for shipment in list_out_for_delivery(page, demo):
        page.goto(shipment["tracking_url"])
        page.click("#private summary")
        page.fill("#secret", shipment["recipient"]["phone"][-4:])
        page.click("#private button")
        page.wait_for_selector("main[data-ready] #private.acts")
        if page.query_selector(".map.near"):
            page.evaluate("scrollTo(0, 0)")
            save_screenshot(page, "customer-last-mile")
            return
    sys.stdout.write("No van is near its recipient yet. Wait a minute and try again.\n")


def list_out_for_delivery(page: Page, demo: dict) -> list[dict]:
    """Return the shipments that are out for delivery, as the API answers."""
    address = f"{demo['web']}/api/v1/shipments?status=out_for_delivery&limit=200"
    return page.request.get(address, headers={"Authorization": f"Bearer {demo['api_key']}"}).json()["results"]


def take_console(browser: Browser, demo: dict) -> None:
    """Take the console's pages on a desktop, the fleet page in both themes."""
    for scheme, pages in (("light", CONSOLE), ("dark", {"ops-dark": FLEET})):
        page = browser.new_page(viewport=DESKTOP, color_scheme=scheme)
        sign_in(page, demo)
        for name, address in pages.items():
            page.goto(demo["web"] + address)
            if address == FLEET:
                page.wait_for_selector("[data-map-ready]", timeout=MAP_WITHIN_MS)
            save_screenshot(page, name)


def take_public(browser: Browser, demo: dict) -> None:
    """Take the front page and the page of the API on a desktop."""
    page = browser.new_page(viewport=DESKTOP)
    for name, address in PUBLIC.items():
        page.goto(demo["web"] + address)
        save_screenshot(page, name)


def take_quality(browser: Browser, demo: dict) -> None:
    """Take the public page on the quality of windows, once enough parcels of the demo have arrived."""
    page = browser.new_page(viewport=DESKTOP)
    page.goto(f"{demo['web']}/eta-quality/")
    if page.query_selector(".share"):
        save_screenshot(page, "eta-quality")
        return
    sys.stdout.write("Fewer than 30 parcels have arrived yet. Wait some minutes and try again.\n")


def sign_in(page: Page, demo: dict) -> None:
    """Sign in as the demo's operator."""
    page.goto(f"{demo['web']}/ops/")
    page.fill("input[name=username]", demo["logins"]["ops"]["username"])
    page.fill("input[name=password]", demo["logins"]["ops"]["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()


def save_screenshot(page: Page, name: str) -> None:
    """Wait until the page is rendered, and write its screenshot."""
    page.wait_for_timeout(RENDERED_AFTER_MS)
    page.screenshot(path=SCREENS / f"{name}.png")
    sys.stdout.write(f"docs/screens/{name}.png\n")


if __name__ == "__main__":
    main()

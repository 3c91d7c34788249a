"""In a real browser, the recipient unlocks, asks, rates, shares and prints; each form shows its result."""

from typing import Any

import msgspec
import pytest
import time_machine
from django.core.files.base import ContentFile

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.views import find_overflow
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.long_runs import LONG
from tests.tracking.pages.bookings import book, rename, store_state
from tests.tracking.pages.examples import NOW, STATES
from tests.tracking.photos import draw_photo
from tests.waiting import wait_for
from tracking.models import Hub, Incident, Partner, Proof, Shipment
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.browser, in_browser]
SECRET = "2345"
# `make axe` judges every state unlocked.
UNLOCKED = (
    ("out-for-delivery", "light"),
    ("attempt-failed", "dark"),
    ("ready-for-pickup", "light"),
    ("held", "dark"),
    ("delivered", "dark"),
)
BRAND = {"light": "rgb(91, 42, 134)", "dark": "rgb(243, 217, 255)"}
ON_SCREEN = "e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; }"
# Headless Chromium has no menu to share; this stands for the phone's.
SHARE = "navigator.share = async (shared) => { window.shared = shared; };"


@pytest.fixture(autouse=True)
def moment(web, store):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    yield page
    context.close()


def book_state(name: str) -> str:
    partner, _ = Partner.objects.get_or_create(
        partner_id="prt_acme",
        defaults={
            "name": "Kaveri Crafts",
            "support_phone": "+918012345678",
            "support_email": "care@kaveri.example",
        },
    )
    contact = Contact("Asha Raghavan", "+919845012345")
    token = book(
        rename(STATES[name], f"SLX-4821-{name}"), contact=contact, partner=partner, cod_amount="499.00"
    )
    Hub.objects.filter(hub_id="MYS-HUB").update(address="14 Ring Road, Hebbal")
    return token


def add_photo(files: Any) -> None:
    Proof.objects.create(
        proof_id="prf_1",
        shipment=Shipment.objects.get(),
        kind="photo",
        captured_at=NOW,
        file_name=files.save("proofs/door.jpg", ContentFile(draw_photo(size=(600, 800)))),
        content_type="image/jpeg",
    )


def unlock(page: Any, web: str, token: str, secret: str = SECRET) -> None:
    page.goto(f"{web}/t/{token}")
    if not page.is_visible("#secret"):
        page.click("#private summary")
    page.fill("#secret", secret)
    page.click("#private button")
    page.wait_for_selector("main[data-ready] #private.acts, #secret-error")


def focused(page: Any) -> tuple[str, bool]:
    """Return the id of the focused element, and whether all of it is on the screen."""
    element = page.locator(":focus")
    return element.get_attribute("id"), element.evaluate(ON_SCREEN)


def test_the_field_that_unlocks_the_page_is_on_the_screen_with_the_focus(page, web) -> None:
    page.goto(f"{web}/t/{book_state('out-for-delivery')}")
    page.wait_for_selector("main[data-ready]")
    page.click("#private summary")
    page.wait_for_selector("#secret:focus")
    assert focused(page) == ("secret", True)
    assert page.locator("#private form button").evaluate(ON_SCREEN)


def test_what_is_missing_and_what_failed_are_said_as_errors(page, web) -> None:
    unlock(page, web, book_state("on-the-way"))
    page.click("text=Choose another day")
    page.click("details[open] .button")
    page.get_by_role("alert").get_by_text("Choose one of these days.").wait_for()
    assert page.locator(":focus").get_attribute("name") == "day"
    page.click("text=Thu 26 Nov")
    assert page.get_by_text("Choose one of these days.").count() == 0
    routes: list[Any] = []
    page.route("**/requests/", lambda route: routes.append(route))  # noqa: PLW0108 - Playwright marks it
    page.click("details[open] .button")
    wait_for(lambda: page.inner_text("details[open] .button") == "Sending…" and len(routes) == 1)
    routes[0].abort()
    page.get_by_role("alert").get_by_text("This could not be sent.").wait_for()
    assert page.inner_text("details[open] .button") == "Send request"
    page.unroute("**/requests/")
    page.click("details[open] .button")
    page.get_by_text("Request sent, awaiting a reply: Another day: Thu 26 Nov.").wait_for()
    assert page.get_by_text("This could not be sent.").count() == 0


def test_a_wrong_secret_is_said_at_its_field_which_keeps_the_focus(page, web) -> None:
    watch = Watch(page, web)
    unlock(page, web, book_state("out-for-delivery"), "9999")
    assert (focused(page), page.input_value("#secret")) == (("secret", True), "9999")
    page.get_by_text("This does not match the parcel.").wait_for()
    keep_screenshot(page, "customer-wrong-secret", whole=False)
    page.fill("#secret", SECRET)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Need to change something?").wait_for()
    assert focused(page)[0] == "private"
    # Chromium reports each answer of 4xx to a page as an error.
    assert [fault for fault in watch.faults() if "422" not in fault] == []


def test_a_request_for_another_day_comes_back_to_its_result(page, web) -> None:
    unlock(page, web, book_state("on-the-way"))
    page.click("text=Choose another day")
    page.click("text=Thu 26 Nov")
    page.fill("#other_day-words", "After six")
    keep_screenshot(page, "customer-another-day")
    page.click("text=Send request")
    page.get_by_text("Request sent, awaiting a reply: Another day: Thu 26 Nov (“After six”).").wait_for()
    assert focused(page) == ("asked", True)
    assert Incident.objects.get().why == "Another day requested: Thu 26 Nov. After six"
    keep_screenshot(page, "customer-asked", whole=False)


def test_a_request_is_withdrawn_by_one_tap_unless_it_was_acted_on(page, web) -> None:
    unlock(page, web, book_state("on-the-way"))
    page.click("text=Add a delivery note")
    page.fill("#note-words", "Ring twice")
    page.keyboard.press("Enter")
    page.get_by_text("Request sent, awaiting a reply").wait_for()
    keep_screenshot(page, "customer-withdraw", whole=False)
    Incident.objects.update(resolved_at=NOW)
    page.click("[name=withdraw]")
    page.get_by_text("It is too late to withdraw this request").wait_for()
    assert page.locator(":focus").get_attribute("role") == "alert"
    keep_screenshot(page, "customer-withdraw-late", whole=False)
    Incident.objects.update(resolved_at=None)
    page.click("[name=withdraw]")
    page.get_by_text("Request withdrawn: Your note (“Ring twice”).").wait_for()
    assert focused(page) == ("withdrawn", True)
    keep_screenshot(page, "customer-withdrawn", whole=False)


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "refused"])
def test_a_note_that_meets_a_busy_server_is_sent_again_and_arrives_once(is_done, page, web) -> None:
    # Also if the request that is answered 503 was recorded.
    unlock(page, web, book_state("on-the-way"))
    routes: list[Any] = []

    def answer(route: Any) -> None:
        routes.append(route)
        if len(routes) == 1:
            if is_done:
                route.fetch(max_redirects=0)
            route.fulfill(status=503, headers={"Retry-After": "1"})

    page.route("**/requests/", answer)
    page.click("text=Add a delivery note")
    page.fill("#note-words", "Ring twice")
    page.click("details[open] .button")
    page.get_by_text("We are busy, trying again…").wait_for()
    # Each look lets Playwright hand over what has come.
    wait_for(lambda: page.input_value("#note-words") == "Ring twice" and len(routes) == 2)
    keep_screenshot(page, "customer-busy", whole=False)
    routes[1].continue_()
    page.get_by_text("Request sent, awaiting a reply: Your note (“Ring twice”).").wait_for()
    assert [route.request.post_data for route in routes] == ["kind=note&words=Ring+twice"] * 2
    assert focused(page) == ("asked", True)
    assert Incident.objects.get().why == "Message from the recipient: Ring twice"


def test_a_delivered_parcel_is_rated_by_one_tap_below_its_photo(page, web, files) -> None:
    token = book_state("delivered")
    add_photo(files)
    unlock(page, web, token)
    picture = page.locator(".proof img").first
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.closest('.card') === document.querySelector('main .card')")
    page.click("[aria-label='4 of 5 stars']")
    page.get_by_text("Thank you. You gave 4 of 5 stars.").wait_for()
    assert (focused(page), Shipment.objects.get().rating) == (("rated", True), 4)
    keep_screenshot(page, "customer-rated")
    page.click("text=I have not received it")
    page.click("text=Report it")
    page.get_by_text("Request sent, awaiting a reply").wait_for()
    assert Incident.objects.get().code == "delivery_disputed"


def test_an_open_unlocked_page_gets_the_actions_of_the_new_state(page, web) -> None:
    unlock(page, web, book_state("out-for-delivery"))
    delivered = rename(STATES["delivered"], "SLX-4821-out-for-delivery")
    store_state(msgspec.structs.replace(delivered, state_version=8))
    page.context.set_offline(True)
    page.locator("[data-banner]").wait_for()
    page.context.set_offline(False)
    page.get_by_role("heading", name="How was the delivery?").wait_for()
    assert page.locator("[aria-label='5 of 5 stars']").is_visible()


def test_the_link_is_shared_by_the_phone_or_copied_without_what_follows_it(page, web) -> None:
    token = book_state("on-the-way")
    page.goto(f"{web}/t/{token}?lang=en#private")
    page.click("[data-share]")
    page.get_by_text("Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{web}/t/{token}"
    page.add_init_script(SHARE)
    page.reload()
    page.click("[data-share]")
    assert page.evaluate("shared.url") == f"{web}/t/{token}"


def test_a_printed_page_has_the_facts_and_no_buttons(page, web) -> None:
    unlock(page, web, book_state("ready-for-pickup"))
    page.emulate_media(media="print")
    shown = [
        "h1",
        "text=14 Ring Road, Hebbal",
        "text=Kaveri Crafts >> nth=0",
        ".earlier li >> nth=-1",
        ".printed",
    ]
    hidden = ["[data-share]", "[data-print]", "details.act >> nth=0", "text=Get directions", "[data-mode]"]
    hidden += ["text=Messages about this parcel"]
    assert [page.locator(each).is_visible() for each in (*shown, *hidden)] == [True] * 5 + [False] * 6
    dated = page.locator(".journey time >> nth=0").evaluate("e => getComputedStyle(e, '::after').content")
    assert dated == '"Tue 24 Nov, 6:46\u00a0am"'
    keep_screenshot(page, "customer-print")


@pytest.mark.parametrize(("name", "theme"), UNLOCKED if LONG else UNLOCKED[::2])
def test_an_unlocked_page_is_accessible_and_fits_every_width(name, theme, browser, web, files) -> None:
    token = book_state(name)
    if name == "delivered":
        add_photo(files)
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    watch = Watch(page, web)
    unlock(page, web, token)
    for form in page.locator("details.act").all():
        form.evaluate("details => { details.name = ''; details.open = true; }")
    wide = find_overflow(page, watch)
    keep_screenshot(page, f"customer-unlocked-{name}-{theme}")
    assert (wide, find_violations(page), watch.faults()) == ({}, [], [])
    context.close()


def test_a_page_in_the_colours_of_its_partner_is_accessible(page, web, files) -> None:
    token = book_state("on-the-way")
    logo = files.save("logos/logo.jpg", ContentFile(draw_photo(size=(40, 120))))
    looks = {"logo_file": logo, "logo_type": "image/jpeg"}
    Partner.objects.update(colour="#5b2a86", dark_colour="#f3d9ff", **looks)
    watch = Watch(page, web)
    unlock(page, web, token)
    page.click("text=Choose another day")
    button = page.locator(".act .button").first
    assert page.locator(".logo").evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    for theme, brand in BRAND.items():
        page.emulate_media(color_scheme=theme)
        assert button.evaluate("button => getComputedStyle(button).backgroundColor") == brand
        assert find_violations(page) == []
        keep_screenshot(page, f"customer-brand-{theme}")
    assert (watch.sideways(), watch.faults()) == ([], [])

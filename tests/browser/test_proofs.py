"""In a real browser, the recipient unlocks the page and sees the proof of delivery."""

import pytest
import time_machine
from django.core.files.base import ContentFile

from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES
from tests.tracking.photos import draw_photo
from tracking.models import Proof, Shipment
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture
def token(web, store, files):
    """Token of the page of a delivered parcel with a photo, whose recipient has no phone."""
    with time_machine.travel(NOW, tick=False):
        state, contact = rename(STATES["delivered"], "SLX-4821-PROOF"), Contact("Asha Raghavan")
        token = book(state, contact=contact, pin_code="560034", cod_amount="499.00")
        Proof.objects.create(
            proof_id="prf_1",
            shipment=Shipment.objects.get(),
            kind="photo",
            captured_at=NOW,
            file_name=files.save("proofs/door.jpg", ContentFile(draw_photo(size=(800, 600)))),
            content_type="image/jpeg",
        )
        yield token


def test_the_pin_code_and_a_letter_unlock_the_picture(token, browser, web) -> None:
    context = browser.new_context(color_scheme="light", viewport={"width": 390, "height": 844})
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/t/{token}")
    keep_screenshot(page, "customer-proof-locked-light")
    page.fill("#secret", "560034 a")
    page.click("#private button")
    picture = page.wait_for_selector(".proof img")
    # A polled predicate of our own would be blocked by the page's content security policy.
    picture.evaluate("image => image.decode()")
    keep_screenshot(page, "customer-proof-light")
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [600, 800]
    assert (watch.sideways(), watch.faults()) == ([], [])
    context.close()

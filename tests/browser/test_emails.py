"""E-mails in Chromium: at all widths, in both themes and all languages; pictures of them are kept."""

from itertools import cycle

import pytest

from notifications.domain import Trigger
from notifications.emails import complete_email
from notifications.transports.email import EMAIL
from notifications.wording import render_fact, render_message
from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.views import THEMES
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.long_runs import LONG
from tests.notifications.stories import MAIL, NOON, make_eta, make_message, plan_notification
from tracking.translation import LANGUAGES

pytestmark = [pytest.mark.browser, in_browser]
WIDTHS = {"small": 320, "phone": 390, "desk": 700}
LINK = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
PREFERENCES = "https://track.example/preferences/AbCdEfGhIjKlMnOpQrStUv"
# One trigger of each tone, the one with the longest sentence among them.
TRIGGERS = (
    Trigger.OUT_FOR_DELIVERY,
    Trigger.DELAYED,
    Trigger.ATTEMPT_FAILED,
    Trigger.AVAILABLE_FOR_PICKUP,
    Trigger.RETURNED,
)


def render(trigger, language) -> str:
    planned = plan_notification(trigger, EMAIL, eta=make_eta(36, 127), shipment_id="W" * 64)
    body = render_message(planned, LINK, language, "K7M2Q9XB", NOON)
    message = make_message(
        **body._asdict(),
        trigger=trigger.value,
        shipment_id="W" * 64,
        address=MAIL,
        language=language,
        code="K7M2Q9XB",
        why_link=f"{PREFERENCES}/why/123456789",
        preferences_link=PREFERENCES,
        stop_link=f"{PREFERENCES}/stop/email",
    )
    fact = render_fact(trigger, planned.change, language, "full", NOON)
    return complete_email(message, fact, LINK).html


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_email_fits_every_width_and_is_readable_in_both_themes(language, browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    watch = Watch(page, "http://none.example")
    # In a long run each trigger is seen in both themes and all languages; else in one of each.
    number = LANGUAGES.index(language)
    themes = THEMES if number == 0 else THEMES[::-1]
    triggers = TRIGGERS if LONG else TRIGGERS[number :: len(LANGUAGES)]
    for theme, trigger in zip(cycle(themes), triggers, strict=False):
        page.emulate_media(color_scheme=theme)
        page.set_content(render(trigger, language))
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 844})
            assert watch.sideways() == []
            if trigger in (Trigger.OUT_FOR_DELIVERY, Trigger.DELAYED):
                name = f"email-{trigger}-{language}-{theme}-{label}"
                keep_screenshot(page, name)
        assert find_violations(page) == []
    assert watch.faults() == []
    context.close()

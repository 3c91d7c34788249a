"""Window of an account of staff on the queue of incidents."""

from django.test import Client

from tests.browser.watch import Watch
from tests.staff import make_staff


def enter(browser, web, role, username, **options):
    """Open the queue in a new window of this account; return the page and its watch."""
    client = Client()
    client.force_login(make_staff(role, username))
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/ops/incidents/")
    page.wait_for_selector("[data-help-open]:not([hidden])")
    return page, watch

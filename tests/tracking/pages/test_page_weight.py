"""A customer's page with all that it loads is light: 40 KB compressed, its scripts 10 KB."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES
from tracking.domain.status import END_STATUSES
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static")]
SCRIPTS, ALL = 10_000, 40_000
LINKED = re.compile(r'(?:href|src)="/static/([^"]+)"')


def measure(content):
    """Return the size as a browser receives it: compressed."""
    return len(gzip.compress(content, 6, mtime=0))


@pytest.mark.parametrize("name", STATES)
def test_a_page_and_its_scripts_are_light(client, settings, time_machine, name):
    time_machine.move_to(NOW, tick=False)
    settings.WEB_PUSH_PUBLIC_KEY = "B" * 87
    path = f"/t/{book(rename(STATES[name], f'SLX-{name}'), contact=Contact('Asha', '+919845012345'))}"
    pages = [client.get(path).content]
    assert client.post(f"{path}/unlock", {"secret": "2345"}).status_code == 302
    pages.append(client.get(path).content)
    # A page whose journey has ended offers no notifications.
    notify = [] if STATES[name].status in END_STATUSES else ["notify"]
    for page in pages:
        names = set(LINKED.findall(page.decode()))
        sizes = {each: measure(Path(finders.find(each)).read_bytes()) for each in names}
        scripts = sum(size for each, size in sizes.items() if each.endswith(".js"))
        worker = measure(client.get("/notify-worker.js").content)
        assert {each for each in names if each.endswith(".js")} == {
            f"tracking/{script}.js" for script in ("page", "send", "live", "morph", "worker", *notify)
        }
        assert scripts + worker <= SCRIPTS
        assert measure(page) + sum(sizes.values()) + worker <= ALL

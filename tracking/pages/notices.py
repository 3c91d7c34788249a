"""Notices of actions: a text for the next page, and how long that page offers to undo the action."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from tracking.services.operations.incident_changes import UNDO_FOR

# Kept back from the time that the service allows, for the way of the form to the server.
SENDING = timedelta(seconds=1)
CORRECTION_SENT = "The correction is sent. The timeline shows it in a moment."
# The page of a shipment is loaded again after this time, since a correction goes through the stream.
CORRECTED_WITHIN_S = 2


class UndoOffer(NamedTuple):
    """Audit entries that the notice offers to undo, as the form sends them (`12-13`), and the time left."""

    entries: str
    left_ms: int

    @property
    def left_s(self) -> int:
        """Whole seconds that are left."""
        return self.left_ms // 1000


def add_notice(
    request: HttpRequest, text: str, entry_ids: Sequence[int] = (), at: datetime | None = None
) -> None:
    """Keep a notice for the next page. It offers to undo these audit entries, which were recorded `at`."""
    entries = "-".join(str(number) for number in entry_ids)
    tags = f"{at.timestamp()} {entries}" if entries and at else ""
    messages.info(request, text, extra_tags=tags)


def show_again(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response, which the browser loads again soon if it says that a correction is sent."""
    if any(notice.message == CORRECTION_SENT for notice in messages.get_messages(request)):
        response["Refresh"] = f"{CORRECTED_WITHIN_S}; url={request.get_full_path()}"
    return response


def find_offer(tags: str, now: datetime) -> UndoOffer | None:
    """Return what a notice with these tags offers to undo; None once the server would refuse it."""
    moment, _, entries = tags.partition(" ")
    if not entries:
        return None
    left = datetime.fromtimestamp(float(moment), UTC) + UNDO_FOR - SENDING - now
    return UndoOffer(entries, left // timedelta(milliseconds=1)) if left >= timedelta(seconds=1) else None

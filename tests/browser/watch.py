"""Observation of a page: console messages, errors, requests to other hosts, horizontal scrolling."""

from typing import Any
from urllib.parse import urlsplit

# Finds the elements that extend beyond the window and are not clipped by a parent.
_SIDEWAYS = """() => document.documentElement.scrollWidth > innerWidth
  ? [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5)
    .map((e) => e.outerHTML.slice(0, 120)) : []"""

EXPECTED = (
    # The server of these tests serves no WebSockets.
    "/ws/",
    # Chromium about maps without a graphics card: its driver, and how the library reads its icons.
    "GL Driver Message",
    "Canvas2D: Multiple readback operations",
)


class Watch:
    """Records the faults of a page from its first request on."""

    def __init__(self, page: Any, own: str) -> None:
        self._page = page
        self._own = urlsplit(own).netloc
        self._faults: list[str] = []
        self._takers = {
            "console": self._take_console,
            "pageerror": lambda error: self._faults.append(f"error: {error}"),
            "request": self._take_request,
        }
        for event, take in self._takers.items():
            page.on(event, take)

    def end(self) -> None:
        """Leave the page, which another test is going to use."""
        for event, take in self._takers.items():
            self._page.remove_listener(event, take)

    def faults(self) -> list[str]:
        """Return the faults since the page was opened, in order."""
        return list(self._faults)

    def sideways(self) -> list[str]:
        """Return the elements that make the page scroll horizontally."""
        return list(self._page.evaluate(_SIDEWAYS))

    def _take_console(self, message: Any) -> None:
        expected = any(text in message.text for text in EXPECTED)
        if message.type in {"error", "warning"} and not expected:
            self._faults.append(f"{message.type}: {message.text}")

    def _take_request(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self._own:
            self._faults.append(f"foreign: {request.url}")

"""Comparison of an open page with the page that the server renders, and reconnection of its socket."""

from typing import Any

# Collects the changing parts as HTML, without texts that depend on the reader's clock and connection.
_READ = """html => {
  const read = (page) => [...page.querySelectorAll("title, [data-part]")].map((part) => {
    const copy = part.cloneNode(true);
    for (const live of copy.querySelectorAll("[data-live]")) live.hidden = true;
    if ("updated" in copy.dataset) copy.textContent = "";
    return copy.outerHTML;
  });
  return [read(new DOMParser().parseFromString(html, "text/html")), read(document)];
}"""


def read_parts(page: Any) -> tuple[list[str], list[str]]:
    """Return the parts as the server renders them now, and as the page shows them."""
    rendered, shown = page.evaluate(_READ, page.request.get(page.url).text())
    return rendered, shown


def reconnect(page: Any) -> None:
    """Close the page's socket and let it reconnect; its first frame then contains every part."""
    page.context.set_offline(True)
    page.locator("[data-banner]").wait_for()
    page.context.set_offline(False)
    # The banner disappears with the frame that contains the parts.
    page.locator("[data-banner]").wait_for(state="hidden")

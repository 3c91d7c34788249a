"""What an open page shows beside what the server renders for it, and how to make the page take news."""

from typing import Any

# The changing parts as HTML; what depends on the reader's clock and connection is left out.
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
    """The parts as the server renders them now, and as the page shows them."""
    rendered, shown = page.evaluate(_READ, page.request.get(page.url).text())
    return rendered, shown


def reconnect(page: Any) -> None:
    """Cut the page's socket and let it come back: its first frame then holds every part as it is now."""
    page.context.set_offline(True)
    page.locator("[data-banner]").wait_for()
    page.context.set_offline(False)
    # The frame that ends the banner brings the parts.
    page.locator("[data-banner]").wait_for(state="hidden")

/** Search box of the bar: `/` moves the focus to it, arrows walk through the results, Escape closes them. */

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-search]"));
const box = /** @type {HTMLInputElement | null} */ (document.querySelector("#bar-search"));
const results = document.querySelector("#search-results");

/** @param {number} step 1 for the next result, -1 for the one before; above the first is the box */
function move(step) {
  const links = [...(results?.querySelectorAll("a, button") ?? [])];
  const now = links.findIndex((link) => link === document.activeElement);
  const next = now + step;
  if (next < 0) box?.focus();
  else links[Math.min(next, links.length - 1)]?.focus();
}

function close() {
  results?.replaceChildren();
}

document.addEventListener("keydown", (event) => {
  const inField = event.target instanceof Element && event.target.closest("input, textarea, select");
  if (event.key !== "/" || inField || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  box?.focus();
  box?.select();
});

form?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape" && results?.firstChild) {
    event.preventDefault();
    close();
    box?.focus();
  }
});

document.addEventListener("click", (event) => {
  if (event.target instanceof Node && !form?.contains(event.target)) close();
});

/** Page of one shipment: the button that copies its number, the map of its track, the chart of its ETA. */

import { followResolveForms } from "./resolve_form.js";
import { showEta } from "./shipment_eta.js";
import { showTrack } from "./shipment_map.js";
import { countDown } from "./undo.js";

/** @param {string} id */
function readJson(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const words = button.querySelector("span");
  if (!navigator.clipboard || !(button instanceof HTMLElement) || !words) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    const before = words.textContent;
    words.textContent = "Copied";
    setTimeout(() => {
      words.textContent = before;
    }, 1500);
  });
}

const map = /** @type {HTMLElement | null} */ (document.querySelector("[data-track]"));
if (map) showTrack(map, readJson("track"));
const chart = /** @type {HTMLElement | null} */ (document.querySelector("[data-eta]"));
if (chart) showEta(chart, readJson("eta-history"));
countDown(performance.timeOrigin);
followResolveForms();

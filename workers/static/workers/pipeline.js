/** The pipeline's page says in the bar whether its numbers are fresh: they are asked for every few seconds. */

import { showFreshness } from "../tracking/ops/shell.js";
import { formatClock } from "../tracking/ops/times.js";

let heardAt = new Date();

/** @param {boolean} answered */
function note(answered) {
  if (answered) {
    heardAt = new Date();
    showFreshness("live", "Live");
  } else {
    showFreshness("lost", `No answer since ${formatClock(heardAt)}`);
  }
}

document.body.addEventListener("htmx:afterRequest", (event) => {
  note(/** @type {CustomEvent<{successful: boolean}>} */ (event).detail.successful);
});
note(true);

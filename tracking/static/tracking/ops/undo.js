/** Countdown of the time in which an action can be undone, as the server has worked it out for the notice. */

const TICK_MS = 250;

/**
 * Count the seconds of a new notice down and remove its button at the end. The server worked the time out
 * after it got the request, so that counting from the request never shows more than is left.
 * @param {number} sentAt when the notice was requested, in ms of the clock
 */
export function countDown(sentAt) {
  const button = /** @type {HTMLElement | null} */ (document.querySelector("[data-undo]:not([data-ends])"));
  if (!button) return;
  const ends = sentAt + Number(button.dataset.undo);
  button.dataset.ends = String(ends);
  const tick = () => {
    const left = Math.ceil((ends - Date.now()) / 1000);
    if (left <= 0) button.closest("form")?.remove();
    const words = button.querySelector("[data-undo-left]");
    if (words) words.textContent = `${left} s`;
    if (left > 0 && button.isConnected) setTimeout(tick, TICK_MS);
  };
  tick();
}

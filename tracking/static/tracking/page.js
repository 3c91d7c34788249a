/* Keep the customer page current: insert parts rendered by the server, count ages by the reader's clock. */

import { follow } from "./live.js";
import { morph } from "./morph.js";

/** @typedef {"live" | "reconnecting" | "polling" | "offline"} Mode */
/** @typedef {[number | null, number, number, string]} AgeStep */

const BANNER_AFTER_MS = 3000;
const COPIED_FOR_MS = 2000;

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const language = document.documentElement.lang;
/** Texts of this script, from list_live_texts() in tracking/pages/parts.py. */
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "");
const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (document.querySelector(`[data-${name}]`));

let version = Number(main.dataset.v);
let heardAt = Date.now();
/** @type {Mode | ""} */
let mode = "";
let banner = 0;

/** @param {string} text @param {Record<string, string | number>} values */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** Read the texts by which a change of status is announced. */
const readStatus = () => ({ pill: find("pill").textContent, state: find("state").dataset.state });

/** Insert the parts of a page, or of a frame of this version. @param {string} html @param {number} [ofFrame] */
const update = (html, ofFrame) => {
  const received = new DOMParser().parseFromString(html, "text/html");
  const fresh = ofFrame ?? Number(received.querySelector("main")?.dataset.v);
  if (fresh < version) return;
  version = fresh;
  const before = readStatus();
  if (received.title) document.title = received.title;
  for (const part of received.querySelectorAll("[data-part]")) {
    const shown = document.querySelector(`[data-part="${/** @type {HTMLElement} */ (part).dataset.part}"]`);
    if (shown) morph(shown, part);
  }
  showAge();
  showMode(mode);
  announce(before);
};

/** @param {ReturnType<typeof readStatus>} before */
const announce = (before) => {
  const now = readStatus();
  if (now.pill === before.pill && now.state === before.state) return;
  const [h1, windowText] = ["h1", ".window"].map((name) => main.querySelector(name)?.textContent);
  find("announce").textContent = [now.pill, h1, windowText].filter(Boolean).join(". ");
};

const showAge = () => {
  const { updated } = find("updated").dataset;
  if (!updated) return;
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(updated)) / 1000));
  const steps = /** @type {AgeStep[]} */ (texts.ages);
  const [, unit, times, text] = steps.find(([below]) => below === null || seconds < below) ?? steps[0];
  const age = fill(texts.updated, { when: fill(text, { n: Math.floor(seconds / unit) * times }) });
  if (find("updated").textContent !== age) find("updated").textContent = age;
};

/** @param {Mode | ""} now */
const showMode = (now) => {
  find("live").hidden = now !== "live";
  if (now === mode) return;
  mode = now;
  clearTimeout(banner);
  find("mode").textContent = texts.modes[mode] ?? "";
  if (mode in texts.modes) find("banner").hidden = true;
  else banner = setTimeout(showBanner, mode === "offline" ? 0 : BANNER_AFTER_MS);
};

// Hindi and Tamil name the part of the day where English has "am" and "pm".
const partOfDay = /** @type {const} */ (language.startsWith("en") ? {} : { dayPeriod: "short" });

const showBanner = () => {
  const options = /** @type {const} */ ({
    timeZone: "Asia/Kolkata", hour: "numeric", minute: "2-digit", hour12: true, ...partOfDay,
  });
  find("banner").hidden = false;
  find("banner").textContent = fill(texts.banners[mode], {
    time: new Date(heardAt).toLocaleTimeString(language, options),
  });
};

const offerCopy = () => {
  const button = find("copy");
  const label = /** @type {HTMLElement} */ (button.lastElementChild);
  const number = button.parentElement?.previousElementSibling?.textContent ?? "";
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(number);
    label.textContent = texts.copied;
    setTimeout(() => (label.textContent = texts.copy), COPIED_FOR_MS);
  });
};

showAge();
offerCopy();
setInterval(showAge, 1000);
follow({
  socket: `/ws/page/${main.dataset.token}/?lang=${language}`,
  page: location.pathname + location.search,
  onParts: update,
  onMode: showMode,
  onHeard: () => (heardAt = Date.now()),
  onGone: () => location.reload(),
});
main.dataset.ready = "";

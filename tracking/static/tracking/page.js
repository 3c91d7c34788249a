/* Keep the customer page current: insert parts from the server, count ages by the reader's clock. */

import { follow } from "./live.js";
import { morph } from "./morph.js";
import { register } from "./worker.js";

/** @typedef {"live" | "late" | "reconnecting" | "polling" | "offline"} Mode */
/** @typedef {[number | null, number, number, string]} AgeStep */

const BANNER_AFTER_MS = 3000;
const COPIED_FOR_MS = 2000;
const DAY_MS = 86_400_000;

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const language = document.documentElement.lang;
/** Texts of this script, from list_live_texts() in tracking/pages/parts.py. */
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "");
const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (document.querySelector(`[data-${name}]`));

let version = Number(main.dataset.v);
// The service worker marks a page that it kept with the time of the answer.
let heardAt = main.dataset.kept ? Date.parse(main.dataset.kept) : Date.now();
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
  void refresh();
};

/** Fetch what sockets do not send: the recipient's card, unless somebody is using it. */
const refresh = async () => {
  const parts = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-private]"));
  const inputs = () => /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-private] input"));
  const isUsed = () =>
    document.querySelector("[data-private] form :focus") !== null ||
    [...inputs()].some((input) => input.value !== input.defaultValue || input.checked !== input.defaultChecked);
  if (!parts.length || isUsed()) return;
  const answer = await fetch(location.pathname + location.search).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (isUsed()) return;
  for (const part of parts) {
    const found = fresh.querySelector(`[data-private="${part.dataset.private}"]`);
    if (found) part.replaceWith(found);
  }
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
  // The same moment as that of the footer's age; before the first scan, when the server was last heard.
  const newest = Date.parse(find("updated").dataset.updated ?? "") || heardAt;
  const day = Date.now() - newest < DAY_MS ? {} : { weekday: "short", day: "numeric", month: "short" };
  const options = /** @type {Intl.DateTimeFormatOptions} */ ({
    ...day, timeZone: "Asia/Kolkata", hour: "numeric", minute: "2-digit", hour12: true, ...partOfDay,
  });
  const time = new Date(newest).toLocaleString(language, options);
  find("banner").hidden = false;
  find("banner").textContent = fill(texts.banners[mode], { time });
};

/** Copy a text and say so on the button for a moment. @param {HTMLElement} button @param {string} text @param {string} done @param {string} usual */
const copy = async (button, text, done, usual) => {
  const label = /** @type {HTMLElement} */ (button.lastElementChild);
  await navigator.clipboard.writeText(text);
  label.textContent = done;
  setTimeout(() => (label.textContent = usual), COPIED_FOR_MS);
};

const offerCopy = () => {
  const button = find("copy");
  const number = button.parentElement?.previousElementSibling?.textContent ?? "";
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => copy(button, number, texts.copied, texts.copy));
};

/** Offer to share the link by the phone's own programs, else to copy it. */
const offerShare = () => {
  const button = find("share");
  const url = location.origin + location.pathname;
  button.hidden = !(navigator.share || navigator.clipboard);
  button.addEventListener("click", async () => {
    if (!navigator.share) return copy(button, url, texts.shared, texts.share);
    // Closing the phone's menu is no mistake.
    await navigator.share({ title: document.title, url }).catch(() => {});
  });
};

const offerPrint = () => {
  find("print").hidden = false;
  find("print").addEventListener("click", () => print());
};

showAge();
offerCopy();
offerShare();
offerPrint();
setInterval(showAge, 1000);
follow({
  socket: `/ws/page/${main.dataset.token}/?lang=${language}`,
  page: location.pathname + location.search,
  onParts: update,
  onMode: showMode,
  onHeard: () => (heardAt = Date.now()),
  onGone: () => location.reload(),
});
// Without a worker the page works, but not offline.
if ("serviceWorker" in navigator) register().catch(() => {});
main.dataset.ready = "";

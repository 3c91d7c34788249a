/* Keeps the customer page true: fills the elements the server has drawn from each answer, by their data- names. */

import { sayAge, sayTime } from "./clock.js";
import { openLane } from "./lane.js";
import { follow } from "./live.js";
import { moveVehicle } from "./near.js";
import { describe } from "./view.js";
import { loadTables, say } from "./words.js";

/** @typedef {import("./view.js").Answer} Answer */
/** @typedef {ReturnType<typeof describe>} View */

const SHOWN_STEPS = 5;
const BANNER_AFTER_MS = 3000;
const TELL_AGAIN_MS = 20_000;

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (document.querySelector(`[data-${name}]`));
const { token = "", words = "" } = main.dataset;

/** @type {Answer} */
let answer = JSON.parse(document.getElementById("answer")?.textContent ?? "");
/** How near the vehicle is, on an unlocked page. @type {import("./near.js").Near?} */
let near = JSON.parse(document.getElementById("near")?.textContent ?? "null");
/** @type {View} */
let shown;
let heardAt = Date.now();
let mode = "";
let banner = 0;
/** @type {ReturnType<typeof openLane> | null} */
let moveParcel = null;

/** @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} inside */
const make = (name, attributes, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};

/** @type {Record<string, (item: any) => HTMLElement>} */
const ROWS = {
  bar: ({ label, mark }) => make("li", { class: mark, "aria-current": mark === "current" ? "step" : "" }, label),
  next: (sentence) => make("li", {}, sentence),
  journey: ({ text, when, at, tone }) => make("li", { class: tone }, text, make("time", { datetime: at }, when)),
};
ROWS.later = ROWS.journey;

/** The element goes with the part of the page it belongs to. @param {HTMLElement} element @param {boolean} isEmpty */
const hideWhen = (element, isEmpty) => {
  /** @type {HTMLElement} */ (element.closest("[data-part]") ?? element).hidden = isEmpty;
};

/** @param {View} view */
const fill = (view) => {
  const lists = { ...view, journey: view.journey.slice(0, SHOWN_STEPS), later: view.journey.slice(SHOWN_STEPS) };
  document.title = view.title;
  find("state").dataset.state = view.state;
  find("tone").className = `inner answer ${view.tone}`;
  find("tone").querySelector("use")?.setAttribute("href", `#i-${view.icon}`);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll("[data-text]"))) {
    const text = view[/** @type {"h1"} */ (element.dataset.text)];
    if (element.textContent !== text) element.textContent = text;
    hideWhen(element, !text);
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll("[data-list]"))) {
    const name = element.dataset.list ?? "";
    const items = lists[/** @type {"next"} */ (name)];
    element.replaceChildren(...items.map(ROWS[name]));
    if (name !== "later") hideWhen(element, !items.length);
  }
  find("list='journey'").classList.toggle("goes-on", lists.later.length > 0);
  find("more").hidden = !lists.later.length;
  /** @type {HTMLElement} */ (find("more").firstElementChild).textContent = say("more", { n: lists.later.length });
};

/** @param {View} view */
const speak = (view) => {
  if (shown && (shown.pill !== view.pill || shown.state !== view.state)) {
    find("say").textContent = [view.pill, view.h1, view.window].filter(Boolean).join(". ");
  }
};

const show = () => {
  const view = describe(answer, Date.now());
  if (JSON.stringify(view) !== JSON.stringify(shown)) {
    speak(view);
    fill(view);
  }
  shown = view;
  main.dataset.v = String(answer.state_version);
  showMap(view);
  showAge();
};

/** @param {View} view */
const showMap = async (view) => {
  const place = find("map");
  const drawn = /** @type {HTMLElement?} */ (place.firstElementChild);
  const scene = near ? "near" : view.has_map && answer.position ? "lane" : "";
  if (!scene) {
    place.replaceChildren();
    moveParcel = null;
  } else if (drawn?.dataset.scene !== scene || (scene === "lane" && drawn.dataset.leg !== answer.leg)) {
    if (!place.hasAttribute("aria-busy")) await fetchMap(place);
  } else {
    drawn.classList.toggle("is-stale", view.is_stale);
    if (near) moveVehicle(drawn, near);
    else if (answer.position) moveOnLane(drawn, answer.position);
  }
};

/** @param {HTMLElement} drawn @param {import("./view.js").Position} position */
const moveOnLane = (drawn, position) => {
  moveParcel ??= openLane(drawn);
  const part = moveParcel(position.lat, position.lon);
  const { origin = "", destination = "" } = drawn.dataset;
  const told = say("map.done", { n: Math.floor(part * 100 + 0.5), origin, destination });
  /** @type {Element} */ (drawn.querySelector("desc")).textContent = told;
};

/** The server draws the map when there was none, or it is another one now. @param {HTMLElement} place */
const fetchMap = async (place) => {
  place.setAttribute("aria-busy", "true");
  const response = await fetch(`/t/${token}/map/`).catch(() => null);
  const drawn = response?.status === 200 ? await response.text() : "";
  place.removeAttribute("aria-busy");
  if (response?.status === 204) place.replaceChildren();
  if (!drawn) return;
  place.replaceChildren(...new DOMParser().parseFromString(drawn, "text/html").body.children);
  moveParcel = null;
};

const showAge = () => {
  const updated = find("updated");
  if (!answer.updated_at) return;
  const text = say("updated", { when: sayAge(Date.parse(answer.updated_at), Date.now()) });
  if (updated.textContent !== text) updated.textContent = text;
};

/** @param {string} now */
const showMode = (now) => {
  if (now === mode) return;
  mode = now;
  clearTimeout(banner);
  find("live").hidden = mode !== "live";
  find("mode").textContent = mode === "live" || mode === "polling" ? say(`mode.${mode}`) : "";
  if (mode === "live" || mode === "polling") find("banner").hidden = true;
  else banner = setTimeout(showBanner, mode === "offline" ? 0 : BANNER_AFTER_MS);
};

const showBanner = () => {
  find("banner").hidden = false;
  find("banner").textContent = say(`banner.${mode}`, { time: sayTime(heardAt) });
};

const offerCopy = () => {
  const button = find("copy");
  const label = /** @type {HTMLElement} */ (button.lastElementChild);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(answer.shipment_id);
    label.textContent = say("copied");
    setTimeout(() => (label.textContent = say("copy")), 2000);
  });
};

await loadTables(words);
show();
main.dataset.ready = "";
offerCopy();
setInterval(showAge, 1000);
setInterval(show, TELL_AGAIN_MS);
follow({
  socket: `/ws/track/${token}/`,
  state: `/t/${token}/state/`,
  version: () => answer.state_version,
  onAnswer: (version, fresh) => {
    if (version <= answer.state_version) return;
    answer = fresh;
    show();
  },
  onPosition: (position) => {
    if (answer.position && position.occurred_at <= answer.position.occurred_at) return;
    answer = { ...answer, position };
    show();
  },
  onNear: (seen) => {
    near = seen;
    show();
  },
  onMode: showMode,
  onHeard: () => (heardAt = Date.now()),
  onGone: () => location.reload(),
});

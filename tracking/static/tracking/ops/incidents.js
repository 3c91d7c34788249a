/** Incident queue: keys, selection, and the list read again when incidents change. */

import { Feed } from "./feed.js";
import { followResolveForms } from "./resolve_form.js";
import { showFreshness } from "./shell.js";
import { countDown } from "./undo.js";

const desk = /** @type {HTMLElement} */ (document.querySelector("[data-desk]"));
const help = /** @type {HTMLDialogElement} */ (document.querySelector("[data-help]"));
const keysOn = /** @type {HTMLInputElement} */ (document.querySelector("[data-keys-on]"));
const stale = /** @type {HTMLElement} */ (document.querySelector("[data-stale]"));
const KEYS_OFF = "keys-off";
const AGES_EVERY_MS = 30000;
// Where a letter is text and no command: fields, and whatever has the focus in an open form.
const FIELDS = "input:not([type=checkbox]), textarea, select, details[data-menu][open]";
const CONTROLS = "a[href], button, summary, input, select";
/** Ids of the ticked cards, the current card and its place in the list; they outlive a new list. */
const ticked = /** @type {Set<string>} */ (new Set());
let current = "";
let place = 0;
/** Ids of the open menus, and whether the focus was in the list. */
let open = /** @type {string[]} */ ([]);
let hasFocus = false;
/** Control of a card that had the focus, the card that was acted on last, and whether that is being undone. */
let focused = "";
let acted = "";
let isUndone = false;
/** Whether the list is to be read again once no form is open. */
let isDue = false;

function listCards() {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-card]")]);
}

function findCurrent() {
  return listCards().find((card) => card.dataset.card === current) ?? null;
}

/** Move by so many cards; the first move goes to the first card. */
function move(/** @type {number} */ by) {
  const cards = listCards();
  if (!cards.length) return;
  const at = cards.findIndex((card) => card.dataset.card === current);
  const next = cards[Math.min(cards.length - 1, Math.max(0, at < 0 ? Math.min(place, cards.length - 1) : at + by))];
  take(next);
}

/** @param {HTMLElement} card */
function take(card) {
  current = card.dataset.card ?? "";
  place = listCards().indexOf(card);
  card.focus();
  card.scrollIntoView({ block: "nearest" });
}

/** Open a menu of the current card and move the focus into it. */
function openMenu(/** @type {string} */ name) {
  const menu = findCurrent()?.querySelector(`[data-menu="${name}"]`);
  if (!(menu instanceof HTMLDetailsElement)) return;
  menu.open = true;
  enterMenu(menu);
}

/** Move the focus to the first choice of an open menu, else to its first control. @param {Element} menu */
function enterMenu(menu) {
  const first = menu.querySelector("[type=checkbox], select") ?? menu.querySelector("button, textarea, input:not([type=hidden])");
  /** @type {HTMLElement | null} */ (first)?.focus();
}

function acknowledge() {
  /** @type {HTMLElement | null} */ (findCurrent()?.querySelector('[data-do="acknowledge"]'))?.click();
}

function select() {
  /** @type {HTMLElement | null} */ (findCurrent()?.querySelector("[data-select]"))?.click();
}

/** Undo the last action, or say that it is too late. */
function undo() {
  const button = /** @type {HTMLElement | null} */ (document.querySelector("[data-undo]"));
  if (button) return button.click();
  const line = document.createElement("div");
  line.className = "notice-line";
  line.textContent = "Nothing to undo: an action can be undone for 10 seconds.";
  document.getElementById("notice")?.replaceChildren(line);
}

/**
 * Return what a control of a card is found by after the list was replaced.
 * @param {Element} control
 */
function keyOf(control) {
  const menu = control.closest("details[id]")?.id;
  return [control.tagName, control.id, menu, control.getAttribute("href"), control.textContent?.trim()].join("|");
}

/** Focus the card, or the control in it that had the focus before. @param {HTMLElement} card */
function focusAgain(card) {
  const found = [...card.querySelectorAll(CONTROLS)].find((control) => keyOf(control) === focused);
  const control = found?.checkVisibility() ? found : card;
  /** @type {HTMLElement} */ (control).focus({ preventScroll: true });
}

/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: acknowledge,
  s: () => openMenu("snooze"),
  r: () => openMenu("resolve"),
  x: select,
  z: undo,
  "?": () => help.showModal(),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Escape") closeMenus();
  const inField = event.target instanceof Element && event.target.closest(FIELDS);
  if (inField || help.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key];
  if (!act || !keysOn.checked) return;
  event.preventDefault();
  act();
}

/** Close the open menus of the current card and give the focus back to the card. */
function closeMenus() {
  const card = findCurrent();
  const menus = [...(card?.querySelectorAll("details[data-menu][open]") ?? [])];
  for (const menu of menus) menu.removeAttribute("open");
  if (menus.length) card?.focus();
}

/** @param {Event} event */
function onChange(event) {
  if (event.target === keysOn) localStorage.setItem(KEYS_OFF, keysOn.checked ? "" : "yes");
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.dataset.select === undefined) return;
  const card = /** @type {HTMLElement} */ (box.closest("[data-card]")).dataset.card ?? "";
  if (box.checked) ticked.add(card);
  else ticked.delete(card);
  showCount();
}

function showCount() {
  const count = /** @type {HTMLElement | null} */ (document.querySelector("[data-bulk-count]"));
  if (!count) return;
  const limit = Number(count.dataset.bulkLimit);
  const words = ticked.size ? `${ticked.size} selected` : `Tick incidents to act on several, at most ${limit}.`;
  count.textContent = ticked.size > limit ? `${words}; at most ${limit} at once` : words;
}

function listOpenMenus() {
  return [...document.querySelectorAll("#cards details[data-menu][open]")];
}

/**
 * Remember what is open and focused before the list is replaced. A list that was only read again is dropped
 * if a menu was opened meanwhile.
 * @param {Event} event
 */
function beforeSwap(event) {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.pathInfo?.requestPath?.includes("part=cards") && listOpenMenus().length) {
    detail.shouldSwap = false;
    refresh(true);
  }
  const active = document.activeElement;
  hasFocus = active instanceof Element && active.closest("#cards") !== null;
  focused = active instanceof Element && active.matches(CONTROLS) ? keyOf(active) : "";
  open = [...document.querySelectorAll("#cards details[open]")].map((menu) => menu.id);
}

/**
 * Show the notice that came with the list. htmx would look for the place of an out-of-band element from the
 * form that was sent, which is gone if the list was read again meanwhile. Returns whether there was one.
 */
function takeNotice() {
  const sent = document.querySelector("#cards [data-new-notice]");
  if (!sent) return false;
  document.getElementById("notice")?.replaceChildren(...sent.childNodes);
  sent.remove();
  return true;
}

/** Put selection, open playbooks and focus on the new list. */
function afterSwap() {
  isDue = false;
  stale.hidden = true;
  for (const card of listCards()) {
    const box = card.querySelector("[data-select]");
    if (box instanceof HTMLInputElement) box.checked = ticked.has(card.dataset.card ?? "");
  }
  const shown = new Set(listCards().map((card) => card.dataset.card));
  for (const card of ticked) if (!shown.has(card)) ticked.delete(card);
  for (const id of open) if (id.startsWith("playbook-")) document.getElementById(id)?.setAttribute("open", "");
  showCount();
  if (isUndone) current = acted;
  const card = findCurrent();
  if (isUndone && card) take(card);
  else if (hasFocus && card) focusAgain(card);
  else if (hasFocus) move(0);
  isUndone = false;
}

/**
 * Read the list again; while a form in it is open, only say so if it has changed.
 * @param {boolean} hasChanged
 */
function refresh(hasChanged) {
  isDue = listOpenMenus().length > 0;
  if (!isDue) /** @type {any} */ (window).htmx?.trigger(document.body, "incidents-changed");
  else if (hasChanged) stale.hidden = false;
}

/** Close all forms, and read the list again. */
function showList() {
  for (const menu of listOpenMenus()) menu.removeAttribute("open");
  findCurrent()?.focus();
  refresh(true);
}

/**
 * @param {string} state
 * @param {number} [retryInS]
 */
function onState(state, retryInS) {
  if (state === "signed_out") location.assign(`${desk.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  else if (state === "live") showFreshness("live", "Live");
  else if (state === "waiting") showFreshness("waiting", "Connecting");
  else showFreshness(state === "slow" ? "slow" : "lost", `Reconnecting, again in ${retryInS} s`, `Retry in ${retryInS} s`);
}

keysOn.checked = localStorage.getItem(KEYS_OFF) !== "yes";
document.querySelector("[data-help-open]")?.removeAttribute("hidden");
document.querySelector("[data-help-open]")?.addEventListener("click", () => help.showModal());
document.addEventListener("keydown", onKey);
document.addEventListener("change", onChange);
document.addEventListener("focusin", (event) => {
  const card = event.target instanceof Element ? event.target.closest("[data-card]") : null;
  if (card instanceof HTMLElement) {
    current = card.dataset.card ?? "";
    place = listCards().indexOf(card);
  }
});
// `click` also comes from Enter on the summary, before the menu opens.
document.addEventListener("click", (event) => {
  const menu = event.target instanceof Element ? event.target.closest("summary")?.parentElement : null;
  if (menu?.matches("details[data-menu]:not([open])")) setTimeout(() => enterMenu(menu));
});
// `toggle` does not bubble.
document.addEventListener("toggle", () => isDue && refresh(!stale.hidden), true);
stale.querySelector("[data-show-list]")?.addEventListener("click", showList);
document.addEventListener("htmx:beforeSwap", beforeSwap);
/** When each request was sent, in ms of the clock. @type {WeakMap<XMLHttpRequest, number>} */
const sent = new WeakMap();
document.addEventListener("htmx:beforeSend", (event) => {
  const { elt, xhr } = /** @type {CustomEvent} */ (event).detail;
  sent.set(xhr, Date.now());
  acted = elt.closest("[data-card]")?.dataset.card ?? acted;
  isUndone ||= elt.closest("form.undo") !== null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const { target, xhr } = /** @type {CustomEvent} */ (event).detail;
  const isNew = takeNotice();
  if (target?.id === "cards") afterSwap();
  if (isNew) document.activeElement?.closest("[data-card]")?.scrollIntoView({ block: "nearest" });
  countDown(sent.get(xhr) ?? performance.timeOrigin);
});
countDown(performance.timeOrigin);
followResolveForms();
setInterval(() => refresh(false), AGES_EVERY_MS);
new Feed({
  socket: desk.dataset.socket ?? "",
  snapshot: desk.dataset.snapshot ?? "",
  onFrame: (frame) => {
    if (frame.type === "snapshot" || frame.incidents?.length) refresh(frame.type !== "snapshot");
  },
  onState,
}).start();

/** Fleet page: update panels and map on each frame; the address holds view, filters, selection and place. */

import { Drawer } from "./drawer.js";
import { Feed } from "./feed.js";
import { Filters } from "./filters.js";
import { keepInAddress, readAddress, readPlace } from "./fleet_address.js";
import { canDrawMap } from "./fleet_map.js";
import { Fleet } from "./fleet_state.js";
import { MapView } from "./map_view.js";
import { find, showAges, showChanges, showIncidents, showKpis, showVehicles } from "./panels.js";
import { showFreshness } from "./shell.js";
import { findFault, showFault } from "./staleness.js";
import { formatGap, formatHeard } from "./times.js";
import { Trail } from "./trail.js";

const root = /** @type {HTMLElement} */ (find("fleet"));
const words = readJson("fleet-words");
const base = root.dataset.shipments ?? "";
const fleet = new Fleet();
const trail = new Trail(root.dataset.trail ?? "");
const filters = new Filters(
  /** @type {HTMLFormElement} */ (find("filters")),
  readJson("fleet-affiliations"),
  root.dataset.affiliations ?? "",
  () => {
    showAll();
    readFigures();
  },
);
const view = new MapView(root, {
  fleet,
  trail,
  describe,
  admits: (id, state) => filters.admits(id, state),
  onSelect: (id) => select(id),
  onDrag: () => follow(false),
});
const drawer = new Drawer(fleet, words, {
  shipments: base,
  panel: root.dataset.vehiclePanel ?? "",
  onClose: () => select(null),
  onFollow: follow,
});
/** @type {Promise<void> | null} */
let loading = null;
let selected = readAddress("vehicle");
let isFollowing = false;
/** When the last message came, by the clock of this device. */
let heardAt = Date.now();
let isLive = false;

/** @param {string} id */
function readJson(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/** @param {any} frame */
function take(frame) {
  fleet.take(frame);
  heardAt = Date.now();
  showAge();
  showAll();
}

function showAll() {
  showIncidents(fleet, words, base, (incident) => filters.admitsIncident(incident));
  showChanges(fleet, words, base, filters.isNarrow);
  find("filter-note")?.toggleAttribute("hidden", !filters.isNarrow);
  showVehicles(fleet, words, base, (id, state) => filters.admits(id, state));
  drawer.update();
  view.redraw();
}

/** Ask for the cards of the key figures as the filters narrow them. */
function readFigures() {
  /** @type {any} */ (window).htmx?.trigger(document.body, "figures-due");
}

/** @param {string} id */
function describe(id) {
  const vehicle = fleet.vehicles.get(id);
  if (!vehicle) return id;
  const speed = vehicle.speed_kmh === null ? "" : ` · ${Math.round(vehicle.speed_kmh)} km/h`;
  const heard = formatHeard(fleet.now - vehicle.heard);
  return `${id} · ${words.states[fleet.stateOf(id)].text}${speed} · ${heard}`;
}

/** @param {boolean} on */
function follow(on) {
  isFollowing = on;
  drawer.place.querySelector("[data-follow]")?.setAttribute("aria-pressed", String(on));
  if (on) view.centre();
}

// --- Selection and view ----------------------------------------------------------------------------

/** @param {string | null} vehicleId */
function select(vehicleId) {
  const left = drawer.place.contains(document.activeElement) ? selected : null;
  selected = vehicleId;
  isFollowing = false;
  drawer.show(vehicleId);
  if (vehicleId !== null && !isMapShown()) drawer.reveal();
  if (vehicleId === null && left !== null) /** @type {HTMLElement | null} */ (document.querySelector(`tr[data-vehicle="${CSS.escape(left)}"] a`))?.focus();
  view.select(vehicleId);
  trail.follow(vehicleId).then(() => view.redraw());
  keepInAddress({ vehicle: vehicleId });
}

/** Return whether the page shows, or is about to show, the map instead of the table. */
function isMapShown() {
  return canMap && document.documentElement.dataset.view === "map";
}

/** @param {"map" | "table"} name */
function show(name) {
  document.documentElement.dataset.view = name;
  for (const button of document.querySelectorAll("[data-view-is]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-view-is") === name));
  }
  if (name === "map") loading ??= view.load().catch(giveUpMap);
  view.resize();
}

/** @param {unknown} reason */
function giveUpMap(reason) {
  console.warn("The map cannot be drawn; the table shows the same.", reason);
  find("views")?.setAttribute("hidden", "");
  show("table");
}

function listenToPage() {
  root.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const name = target?.closest("[data-view-is]")?.getAttribute("data-view-is");
    if (name === "map" || name === "table") {
      show(name);
      keepInAddress({ view: name });
    }
    const zoom = target?.closest("[data-zoom]")?.getAttribute("data-zoom");
    if (zoom) view.zoom(Number(zoom));
    if (target?.closest("[data-fit]")) view.fit();
    const located = target?.closest("[data-locate]")?.getAttribute("data-locate");
    if (located) locate(located);
    const chosen = target && chooseRow(target, event.ctrlKey || event.metaKey);
    if (chosen) {
      event.preventDefault();
      locate(chosen);
    }
    const toggle = target?.closest("[data-rail-toggle]");
    if (toggle) showRail(toggle, toggle.getAttribute("aria-expanded") !== "true");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selected !== null) select(null);
  });
}

/**
 * Return the vehicle of the row that was clicked; null if the click means another link, or is to open a tab.
 * @param {Element} target
 * @param {boolean} isForTab
 */
function chooseRow(target, isForTab) {
  const link = target.closest("a");
  const isOwn = link === null || link.matches('[data-part="vehicle"]');
  return isOwn && !isForTab ? (target.closest("tr[data-vehicle]")?.getAttribute("data-vehicle") ?? null) : null;
}

/**
 * @param {Element} toggle
 * @param {boolean} open
 */
function showRail(toggle, open) {
  toggle.setAttribute("aria-expanded", String(open));
  toggle.textContent = open ? "Hide" : "Show";
  find("rail")?.toggleAttribute("data-open", open);
}

/** @param {string} vehicleId */
function locate(vehicleId) {
  const toggle = find("rail-toggle");
  if (toggle) showRail(toggle, false);
  select(vehicleId);
  view.approach();
}

// --- Connection to the server ----------------------------------------------------------------------

/**
 * @param {string} state
 * @param {number} [retryInS]
 */
function onFeedState(state, retryInS) {
  isLive = state === "live";
  if (isLive) heardAt = Date.now();
  root.toggleAttribute("data-stale", state === "slow" || state === "lost");
  if (isLive) showAge();
  else if (state === "signed_out") showFreshness("lost", "Signed out");
  else if (state === "waiting") showFreshness("waiting", "Connecting");
  else showFreshness(state === "slow" ? "slow" : "lost", `${state === "slow" ? "Reconnecting" : "No answer"}, again in ${retryInS} s`, `Retry in ${retryInS} s`);
  if (state === "signed_out") location.assign(`${root.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Show in the bar, over the page and by the key figures whether what is shown is old. */
function showAge() {
  const now = fleet.now;
  const fault = findFault({ now, heardAt: heardAt + fleet.offset, stream: fleet.stream });
  showFault(root, fault, now);
  showKpis(fleet, fault !== null, filters.isNarrow);
  if (!isLive) return;
  const age = fault?.since == null ? "" : ` · ${formatGap(now - fault.since)}`;
  showFreshness(fault ? "slow" : "live", fault ? fault.short + age : "Live");
}

function everySecond() {
  showAge();
  showAges(fleet);
  drawer.update();
  if (selected !== null) trail.take(fleet.tracks.get(selected)?.fixes ?? [], fleet.now);
  if (isFollowing) view.centre();
  view.redraw();
}

function everyTenSeconds() {
  filters.refresh();
  if (filters.isNarrow) readFigures();
  showAll();
}

const canMap = canDrawMap();
find("views")?.toggleAttribute("hidden", !canMap);
find("rail-toggle")?.removeAttribute("hidden");
take(readJson("fleet-snapshot"));
listenToPage();
if (selected !== null) select(selected);
if (selected !== null && !readPlace()) view.approach();
show(isMapShown() ? "map" : "table");
setInterval(everySecond, 1000);
setInterval(everyTenSeconds, 10000);
new Feed({
  socket: root.dataset.socket ?? "",
  snapshot: root.dataset.snapshot ?? "",
  onFrame: take,
  onState: onFeedState,
}).start();

/** Fleet page: update panels and map on each frame; the URL holds the view and the selection. */

import { Drawer } from "./drawer.js";
import { Feed } from "./feed.js";
import { Fleet } from "./fleet_state.js";
import { around, canDrawMap, fit, makeMap } from "./fleet_map.js";
import { Overlay } from "./overlay.js";
import { find, showChanges, showIncidents, showKpis, showVehicles } from "./panels.js";
import { showFreshness } from "./shell.js";
import { formatGap } from "./times.js";

const root = /** @type {HTMLElement} */ (find("fleet"));
const words = readJson("fleet-words");
const base = root.dataset.shipments ?? "";
const fleet = new Fleet();
/** @type {{map: any, overlay: Overlay, hubs: {lat: number, lon: number}[]} | null} */
let ground = null;
/** @type {Promise<void> | null} */
let loading = null;
let selected = new URLSearchParams(location.search).get("vehicle");
let isFollowing = false;
let heardAt = Date.now();
let isLive = false;

const drawer = new Drawer(fleet, words, { shipments: base, onClose: () => select(null), onFollow: follow });

/** @param {string} id */
function readJson(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/** @param {any} frame */
function take(frame) {
  fleet.take(frame);
  heardAt = Date.now();
  showAll();
  ground?.overlay.redraw();
}

function showAll() {
  showKpis(fleet);
  showIncidents(fleet, words, base);
  showChanges(fleet, words, base);
  showVehicles(fleet, words, base);
  drawer.update();
}

// --- The map ---------------------------------------------------------------------------------------

/** Return the padding that the panels cover, so that nothing important lies beneath them. */
function padding() {
  const box = root.getBoundingClientRect();
  const shown = (/** @type {string} */ name) => {
    const place = find(name);
    return place && place.offsetParent !== null ? place.getBoundingClientRect() : null;
  };
  const rail = shown("rail");
  const wide = box.width >= 1024;
  const kpis = root.querySelector(".kpis")?.getBoundingClientRect();
  const low = shown("drawer") ?? (wide ? null : shown("ticker"));
  return {
    top: Math.max(24, (kpis?.bottom ?? box.top) - box.top + 24),
    right: wide && rail ? box.right - rail.left + 40 : 40,
    bottom: low ? Math.min(box.height / 2, box.bottom - low.top + 24) : 56,
    left: 40,
  };
}

function fleetBounds() {
  return around([...fleet.vehicles.values(), ...(ground?.hubs ?? [])]);
}

async function loadMap() {
  const place = /** @type {HTMLElement} */ (find("map-ground"));
  const made = await makeMap(root, place, fleetBounds(), padding);
  const overlay = new Overlay(/** @type {HTMLCanvasElement} */ (find("map-overlay")), made.map, fleet);
  ground = { map: made.map, hubs: made.hubs, overlay };
  overlay.selected = selected;
  const credit = find("credit");
  if (credit) credit.textContent = made.credit;
  find("map-controls")?.removeAttribute("hidden");
  listenToMap(made.map, overlay);
  root.dataset.mapReady = "";
}

/**
 * @param {any} map
 * @param {Overlay} overlay
 */
function listenToMap(map, overlay) {
  const tip = /** @type {HTMLElement} */ (find("map-tip"));
  map.on("click", (/** @type {any} */ event) => select(overlay.find(event.point)));
  map.on("dragstart", () => follow(false));
  map.on("mousemove", (/** @type {any} */ event) => {
    const id = overlay.find(event.point);
    map.getCanvas().style.cursor = id ? "pointer" : "";
    tip.hidden = id === null;
    if (id !== null) {
      tip.textContent = describe(id);
      tip.style.transform = `translate(${event.point.x + 14}px, ${event.point.y + 14}px)`;
    }
    if (overlay.hovered !== id) overlay.redraw();
    overlay.hovered = id;
  });
  map.on("mouseout", () => {
    tip.hidden = true;
  });
}

/** @param {string} id */
function describe(id) {
  const vehicle = fleet.vehicles.get(id);
  if (!vehicle) return id;
  const speed = vehicle.speed_kmh === null ? "" : ` · ${Math.round(vehicle.speed_kmh)} km/h`;
  const heard = formatGap(fleet.now - Date.parse(vehicle.occurred_at));
  return `${id} · ${words.states[fleet.stateOf(id)].text}${speed} · ${heard} ago`;
}

/** @param {boolean} on */
function follow(on) {
  isFollowing = on;
  drawer.place.querySelector("[data-follow]")?.setAttribute("aria-pressed", String(on));
  if (on) centre();
}

function centre() {
  const track = selected === null ? undefined : fleet.tracks.get(selected);
  if (!track || !ground) return;
  const spot = track.at(fleet.now);
  ground.map.easeTo({ center: [spot.lon, spot.lat], padding: padding(), duration: 900, easing: (/** @type {number} */ t) => t });
}

// --- Selection and view ----------------------------------------------------------------------------

/** @param {string | null} vehicleId */
function select(vehicleId) {
  selected = vehicleId;
  isFollowing = false;
  drawer.show(vehicleId);
  if (ground) {
    ground.overlay.selected = vehicleId;
    ground.overlay.redraw();
  }
  keepInAddress("vehicle", vehicleId);
}

/** @param {"map" | "table"} view */
function show(view) {
  document.documentElement.dataset.view = view;
  for (const button of document.querySelectorAll("[data-view-is]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-view-is") === view));
  }
  if (view === "map") loading ??= loadMap().catch(giveUpMap);
  ground?.map.resize();
}

/** @param {unknown} reason */
function giveUpMap(reason) {
  console.warn("The map cannot be drawn; the table shows the same.", reason);
  find("views")?.setAttribute("hidden", "");
  show("table");
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function keepInAddress(name, value) {
  const address = new URL(location.href);
  if (value === null) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  history.replaceState(null, "", address);
}

function listenToPage() {
  root.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const view = target?.closest("[data-view-is]")?.getAttribute("data-view-is");
    if (view === "map" || view === "table") {
      show(view);
      keepInAddress("view", view);
    }
    const zoom = target?.closest("[data-zoom]")?.getAttribute("data-zoom");
    if (zoom) ground?.map[zoom === "1" ? "zoomIn" : "zoomOut"]();
    if (target?.closest("[data-fit]") && ground) fit(ground.map, fleetBounds(), padding());
    const located = target?.closest("[data-locate]")?.getAttribute("data-locate");
    if (located) locate(located);
    const link = target?.closest('[data-part="vehicle"]');
    if (link instanceof HTMLAnchorElement && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      locate(link.textContent ?? "");
    }
    const toggle = target?.closest("[data-rail-toggle]");
    if (toggle) showRail(toggle, toggle.getAttribute("aria-expanded") !== "true");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selected !== null) select(null);
  });
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
  select(vehicleId);
  if (document.documentElement.dataset.view === "map") centre();
}

// --- Connection to the server ----------------------------------------------------------------------

/**
 * @param {string} state
 * @param {number} [retryInS]
 */
function onFeedState(state, retryInS) {
  isLive = state === "live";
  root.toggleAttribute("data-stale", state === "slow" || state === "lost");
  if (isLive) showAge();
  else if (state === "signed_out") showFreshness("lost", "Signed out");
  else if (state === "waiting") showFreshness("waiting", "Connecting");
  else showFreshness(state === "slow" ? "slow" : "lost", `${state === "slow" ? "Reconnecting" : "No answer"}, again in ${retryInS} s`);
  if (state === "signed_out") location.assign(`${root.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

function showAge() {
  const age = Date.now() - heardAt;
  showFreshness("live", age < 3000 ? "Live" : `Live · ${formatGap(age)} ago`);
}

function everySecond() {
  if (isLive) showAge();
  drawer.update();
  if (isFollowing) centre();
  ground?.overlay.redraw();
}

const canMap = canDrawMap();
find("views")?.toggleAttribute("hidden", !canMap);
find("rail-toggle")?.removeAttribute("hidden");
take(readJson("fleet-snapshot"));
listenToPage();
if (selected !== null) select(selected);
show(canMap && document.documentElement.dataset.view === "map" ? "map" : "table");
setInterval(everySecond, 1000);
setInterval(showAll, 10000);
new Feed({
  socket: root.dataset.socket ?? "",
  snapshot: root.dataset.snapshot ?? "",
  onFrame: take,
  onState: onFeedState,
}).start();

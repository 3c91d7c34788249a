/** Map of one shipment: its track over the map of the fleet page, drawn when it scrolls into view. */

import { around, canDrawMap, makeMap } from "./fleet_map.js";
import { token } from "./map_style.js";

/**
 * @typedef {[number, number, number, string]} Point longitude, latitude, epoch seconds, name
 * @typedef {{points: Point[], hubs: {name: string, lat: number, lon: number}[]}} Journey
 */

const NARROW = 560;

/** @param {Journey} journey */
function drawTrack({ points }) {
  const line = { type: "Feature", properties: { kind: "line" }, geometry: { type: "LineString", coordinates: points.map(([lon, lat]) => [lon, lat]) } };
  const dots = points.map(([lon, lat, , name], n) => ({
    type: "Feature",
    properties: { kind: n === points.length - 1 ? "last" : "point", name },
    geometry: { type: "Point", coordinates: [lon, lat] },
  }));
  return { type: "FeatureCollection", features: points.length > 1 ? [line, ...dots] : dots };
}

function makeTrackLayers() {
  const [brand, land] = [token("--brand"), token("--map-land")];
  const only = (/** @type {string} */ kind) => ["==", ["get", "kind"], kind];
  const circle = (/** @type {string} */ id, /** @type {number} */ radius, /** @type {string} */ fill) => ({
    id: `track-${id}`,
    type: "circle",
    source: "track",
    filter: only(id),
    paint: { "circle-radius": radius, "circle-color": fill, "circle-stroke-color": id === "last" ? land : brand, "circle-stroke-width": id === "last" ? 2.5 : 1.5 },
  });
  return [
    {
      id: "track-line",
      type: "line",
      source: "track",
      filter: only("line"),
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": brand, "line-width": 3 },
    },
    circle("point", 3.5, land),
    circle("last", 8, brand),
  ];
}

/**
 * Return the padding that leaves the controls and the credit free; on a narrow screen the credit has three lines.
 * @param {HTMLElement} root
 */
function findPadding(root) {
  return { top: 36, right: 60, bottom: root.clientWidth < NARROW ? 88 : 48, left: 36 };
}

/**
 * @param {HTMLElement} root
 * @param {Journey} journey
 */
async function show(root, journey) {
  const ground = /** @type {HTMLElement} */ (root.querySelector("[data-map-ground]"));
  const points = journey.points.map(([lon, lat]) => ({ lon, lat }));
  const made = await makeMap(root, ground, around([...points, ...journey.hubs]), () => findPadding(root));
  made.map.addSource("track", { type: "geojson", data: drawTrack(journey) });
  for (const layer of makeTrackLayers()) made.map.addLayer(layer);
  document.addEventListener("themechange", () => {
    for (const { id, paint } of makeTrackLayers()) {
      for (const [name, value] of Object.entries(paint)) made.map.setPaintProperty(id, name, value);
    }
  });
  const credit = root.querySelector("[data-credit]");
  if (credit) credit.textContent = made.credit;
  listen(root, made.map);
  made.map.once("idle", () => {
    root.dataset.mapReady = "";
  });
}

/**
 * @param {HTMLElement} root
 * @param {any} map
 */
function listen(root, map) {
  root.querySelector("[data-map-controls]")?.removeAttribute("hidden");
  for (const button of root.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => map[button.getAttribute("data-zoom") === "1" ? "zoomIn" : "zoomOut"]());
  }
  map.getCanvas().setAttribute("aria-label", "Map of the track");
  // The wheel scrolls the page, which the map is only a part of.
  map.scrollZoom.disable();
}

/**
 * @param {HTMLElement} root
 * @param {Journey} journey
 */
export function showTrack(root, journey) {
  const giveUp = () => root.setAttribute("hidden", "");
  if (!canDrawMap()) {
    giveUp();
    return;
  }
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    show(root, journey).catch((reason) => {
      console.warn("The map cannot be drawn; the timeline names the places.", reason);
      giveUp();
    });
  });
  observer.observe(root);
}

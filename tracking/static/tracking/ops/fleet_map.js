/** Map of the console: loaded after the page, styled by the design tokens, fitted to the fleet. */

import { drawLocalities, makeLayers, makeStyle } from "./map_style.js";
import { readShapes } from "./map_shapes.js";
import { CREDIT, openStreets } from "./street_style.js";

/** @typedef {[[number, number], [number, number]]} Bounds south-west and north-east, (lon, lat) */

/** Maximum zoom: our own shapes are accurate only to about a kilometre; streets are better. */
export const MAX_ZOOM = 12;
const STREETS_MAX_ZOOM = 17;
/** Zoom from which the localities of the hubs' cities are loaded. */
const LOCALITIES_ZOOM = 9;
const INDIA = /** @type {Bounds} */ ([[68.1, 6.7], [97.5, 37.1]]);
const WORLD = /** @type {Bounds} */ ([[40, -14], [120, 52]]);
const FIT_ZOOM = 9.4;
const TOWN_DEGREES = 0.05;

/** Return whether this browser can draw the map. */
export function canDrawMap() {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

/**
 * Create the map; resolves when its shapes are loaded.
 * @param {HTMLElement} root with the addresses in its `data-`
 * @param {HTMLElement} ground
 * @param {Bounds | import("./fleet_address.js").Place | null} view what to show first
 * @param {() => any} padding
 * @param {number} [maxZoom] without streets
 */
export async function makeMap(root, ground, view, padding, maxZoom = MAX_ZOOM) {
  const { maplibre, maplibreWorker, basemap, lanes, streets } = root.dataset;
  const [library, shapes, network] = await Promise.all([
    import(maplibre ?? ""),
    fetch(basemap ?? "").then((answer) => answer.json()).then(readShapes),
    fetch(lanes ?? "").then((answer) => answer.json()).catch(() => ({ hubs: [], lanes: [] })),
  ]);
  library.setWorkerUrl(new URL(maplibreWorker ?? "", location.href).href);
  // Without the reader the map has no streets, but everything else.
  const source = streets ? await openStreets(library, root.dataset.pmtiles ?? "", streets).catch(() => null) : null;
  const map = new library.Map({
    container: ground,
    style: makeStyle(shapes, network, source),
    ...(view && "zoom" in view
      ? { center: [view.lon, view.lat], zoom: view.zoom }
      : { bounds: view ?? around(network.hubs) ?? INDIA, fitBoundsOptions: { padding: padding(), maxZoom: FIT_ZOOM } }),
    maxBounds: WORLD,
    maxZoom: source ? STREETS_MAX_ZOOM : maxZoom,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    renderWorldCopies: false,
    fadeDuration: 120,
    locale: { "Map.Title": "Map of the fleet" },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  document.addEventListener("themechange", () => repaint(map, source !== null));
  await map.once("load");
  if (!source) loadLocalities(map, root.dataset.localities ?? "");
  return { map, credit: source ? `${shapes.credit} · ${CREDIT}` : shapes.credit, hubs: network.hubs };
}

/**
 * Fit the map to these bounds, outside the panels.
 * @param {any} map
 * @param {Bounds | null} bounds
 * @param {any} padding
 */
export function fit(map, bounds, padding) {
  map.fitBounds(bounds ?? INDIA, { padding, maxZoom: FIT_ZOOM, duration: 600 });
}

/**
 * Return the bounds of these points and some space around them; null for no points.
 * @param {Iterable<{lat: number, lon: number}>} points
 * @param {number} [space] degrees on each side; without a value, that of a town
 * @returns {Bounds | null}
 */
export function around(points, space = TOWN_DEGREES) {
  const all = [...points];
  if (!all.length) return null;
  const [lons, lats] = [all.map((point) => point.lon), all.map((point) => point.lat)];
  return [
    [Math.min(...lons) - space, Math.min(...lats) - space],
    [Math.max(...lons) + space, Math.max(...lats) + space],
  ];
}

/**
 * Load the names of localities once, when the map is near enough to show them.
 * @param {any} map
 * @param {string} address
 */
function loadLocalities(map, address) {
  const load = async () => {
    if (map.getZoom() < LOCALITIES_ZOOM) return;
    map.off("zoom", load);
    const rows = await fetch(address).then((answer) => answer.json()).catch(() => []);
    map.getSource("localities").setData(drawLocalities(rows));
  };
  map.on("zoom", load);
  load();
}

/**
 * @param {any} map
 * @param {boolean} hasStreets
 */
function repaint(map, hasStreets) {
  for (const { id, paint } of makeLayers(hasStreets)) {
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name, value);
  }
}

/** Style of the map, made of the design tokens and the committed shapes; no glyphs or sprites are loaded. */

import { FONT, halo, token } from "./map_tokens.js";
import { makeStreetLayers, nameStreets } from "./street_style.js";

export { token };

/** @typedef {{credit: string, layers: Record<string, any>}} Basemap */
/** @typedef {{hubs: {hub_id: string, name: string, lat: number, lon: number}[], lanes: [string, string][]}} Lanes */

/** Zoom from which towns of each rank have a name. */
const TOWNS_FROM = [0, 3, 4.4, 5.6, 6.8, 8];
/** Zoom from which localities of each rank have a name; 0 is a main post office. */
const LOCALITIES_FROM = [9.6, 10.6];
const STATES_FROM = [0, 3.6, 4.8, 6, 7];

/**
 * @param {Basemap} basemap
 * @param {Lanes} lanes
 * @param {any} streets source of the streets, null without an archive
 */
export function makeStyle(basemap, lanes, streets) {
  const sources = makeSources(basemap, lanes);
  return { version: 8, sources: streets ? { ...sources, streets } : sources, layers: makeLayers(streets !== null) };
}

/**
 * @param {Basemap} basemap
 * @param {Lanes} lanes
 */
function makeSources(basemap, lanes) {
  const source = (/** @type {any} */ data) => ({ type: "geojson", data, maxzoom: 10, buffer: 128 });
  const sources = Object.fromEntries(Object.entries(basemap.layers).map(([name, data]) => [name, source(data)]));
  return { ...sources, lanes: source(drawLanes(lanes)), hubs: source(drawHubs(lanes)), localities: source(drawLocalities([])) };
}

/** @param {boolean} hasStreets */
export function makeLayers(hasStreets) {
  const [sea, neighbour, land, state, outline, water] = ["sea", "neighbour", "land", "state", "outline", "water"].map(
    (name) => token(`--map-${name}`),
  );
  const brand = token("--brand");
  return [
    { id: "sea", type: "background", paint: { "background-color": sea } },
    fill("neighbours", neighbour),
    line("borders", state, grow(0.6, 1.2)),
    fill("india", land),
    fill("lakes", water),
    line("rivers", water, grow(0.6, 2)),
    ...(hasStreets ? makeStreetLayers() : []),
    line("states", state, grow(0.7, 1.4), { "line-dasharray": [3, 2] }),
    { ...line("india", outline, grow(3, 9), { "line-opacity": 0.12 }), id: "outline-glow" },
    { ...line("india", outline, grow(0.9, 1.5)), id: "outline" },
    line("lanes", brand, grow(0.8, 2.2), { "line-opacity": 0.22 }),
    ...(hasStreets ? nameStreets() : []),
    ...nameStates(land),
    ...(hasStreets ? [] : nameLocalities()),
    ...nameTowns(land),
    ...nameHubs(land, brand),
  ];
}

/**
 * @param {string} name
 * @param {string} colour
 */
function fill(name, colour) {
  return { id: name, type: "fill", source: name, paint: { "fill-color": colour } };
}

/**
 * @param {string} name
 * @param {string} colour
 * @param {any} width
 * @param {Record<string, any>} [more]
 */
function line(name, colour, width, more = {}) {
  const layout = { "line-join": "round", "line-cap": more["line-dasharray"] ? "butt" : "round" };
  return { id: name, type: "line", source: name, layout, paint: { "line-color": colour, "line-width": width, ...more } };
}

/** @param {string} land */
function nameStates(land) {
  return STATES_FROM.slice(1).map((minzoom, n) => ({
    id: `state-names-${n + 1}`,
    type: "symbol",
    source: "labels",
    minzoom,
    filter: ["==", ["get", "rank"], n + 1],
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-transform": "uppercase",
      "text-letter-spacing": 0.14,
      "text-size": grow(9, 13),
      "text-max-width": 8,
      "text-padding": 6,
    },
    paint: { "text-color": token("--muted"), "text-opacity": 0.62, "text-halo-color": land, "text-halo-width": 1 },
  }));
}

/** @param {string} land */
function nameTowns(land) {
  const ranks = TOWNS_FROM.slice(1).map((minzoom, n) => ({ minzoom, rank: n + 1, filter: ["==", ["get", "rank"], n + 1] }));
  const dots = ranks.map(({ minzoom, rank, filter }) => ({
    id: `town-dots-${rank}`,
    type: "circle",
    source: "cities",
    minzoom,
    filter,
    paint: {
      "circle-radius": rank === 1 ? 2.6 : rank < 4 ? 2 : 1.6,
      "circle-color": token("--muted"),
      "circle-stroke-color": land,
      "circle-stroke-width": 1,
    },
  }));
  const names = ranks.map(({ minzoom, rank, filter }) => ({
    id: `town-names-${rank}`,
    type: "symbol",
    source: "cities",
    minzoom,
    filter,
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": rank === 1 ? grow(12.5, 17) : rank < 4 ? grow(11, 13.5) : 12,
      "text-variable-anchor": ["left", "right", "top", "bottom"],
      "text-radial-offset": 0.5,
      "text-justify": "auto",
      "text-padding": 3,
    },
    paint: { "text-color": token(rank === 1 ? "--ink" : "--muted"), "text-halo-color": land, "text-halo-width": 1.4 },
  }));
  // The last layer is placed first, so the largest towns keep their names.
  return [...dots, ...names.reverse()];
}

function nameLocalities() {
  return LOCALITIES_FROM.map((minzoom, rank) => ({
    id: `locality-names-${rank}`,
    type: "symbol",
    source: "localities",
    minzoom,
    filter: ["==", ["get", "rank"], rank],
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 10, 10.5, 12, 12.5],
      "text-max-width": 7,
      "text-padding": 8,
    },
    paint: { ...halo("--muted"), "text-opacity": 0.85 },
  }));
}

/** @param {[string, number, number, number][]} rows name, latitude, longitude, rank */
export function drawLocalities(rows) {
  const features = rows.map(([name, lat, lon, rank]) => ({
    type: "Feature",
    properties: { name, rank },
    geometry: { type: "Point", coordinates: [lon, lat] },
  }));
  return { type: "FeatureCollection", features };
}

/**
 * @param {string} land
 * @param {string} brand
 */
function nameHubs(land, brand) {
  return [
    {
      id: "hubs",
      type: "circle",
      source: "hubs",
      minzoom: 5,
      paint: {
        "circle-radius": grow(2, 4.2),
        "circle-color": land,
        "circle-stroke-color": brand,
        "circle-stroke-width": grow(1, 1.8),
      },
    },
    {
      id: "hub-names",
      type: "symbol",
      source: "hubs",
      minzoom: 8.6,
      layout: {
        "text-field": ["get", "hub_id"],
        "text-font": FONT,
        "text-size": 10.5,
        "text-letter-spacing": 0.04,
        "text-variable-anchor": ["top", "bottom", "left", "right"],
        "text-radial-offset": 0.8,
        "text-padding": 2,
      },
      paint: { "text-color": brand, "text-opacity": 0.8, "text-halo-color": land, "text-halo-width": 1.4 },
    },
  ];
}

/**
 * Return a size in pixels that grows with the zoom, from a view of the country to one of a town.
 * @param {number} far
 * @param {number} near
 */
function grow(far, near) {
  return ["interpolate", ["linear"], ["zoom"], 4, far, 9, near];
}

/** @param {Lanes} lanes */
function drawLanes({ hubs, lanes }) {
  const at = new Map(hubs.map((hub) => [hub.hub_id, [hub.lon, hub.lat]]));
  const coordinates = lanes.flatMap(([from, to]) => {
    const [start, end] = [at.get(from), at.get(to)];
    return start && end ? [arc(start, end)] : [];
  });
  return { type: "MultiLineString", coordinates };
}

/** @param {Lanes} lanes */
function drawHubs({ hubs }) {
  const features = hubs.map(({ hub_id, name, lon, lat }) => ({
    type: "Feature",
    properties: { hub_id, name },
    geometry: { type: "Point", coordinates: [lon, lat] },
  }));
  return { type: "FeatureCollection", features };
}

/**
 * Return a slight arc between two points.
 * @param {number[]} start
 * @param {number[]} end
 */
function arc(start, end) {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const middle = [(start[0] + end[0]) / 2 - dy * 0.14, (start[1] + end[1]) / 2 + dx * 0.14];
  return Array.from({ length: 25 }, (_, n) => {
    const t = n / 24;
    const along = (/** @type {0 | 1} */ i) => (1 - t) ** 2 * start[i] + 2 * t * (1 - t) * middle[i] + t * t * end[i];
    return [along(0), along(1)];
  });
}

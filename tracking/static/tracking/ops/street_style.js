/** Layers of the streets: from an archive of vector tiles in Protomaps' schema (version 4), in the tokens' colours. */

import { FONT, halo, token } from "./map_tokens.js";

/** The archive's borders are never drawn: the outline of India is our own. */
export const SCHEMA_LAYERS = ["earth", "landuse", "water", "buildings", "roads", "places"];
export const CREDIT = "Streets © OpenStreetMap contributors (ODbL)";
const NAME = ["coalesce", ["get", "name:en"], ["get", "name"]];
/** Roads by kind: zoom from which they are drawn, width in pixels there and at zoom 16, colour. */
const ROADS = [
  { kind: "minor_road", from: 12, far: 0.6, near: 5, colour: "--map-road" },
  { kind: "major_road", from: 8, far: 0.6, near: 8, colour: "--map-road-major" },
  { kind: "highway", from: 5, far: 0.8, near: 10, colour: "--map-road-main" },
];

/**
 * Load the reader of archives and return the source of the streets.
 * @param {any} library MapLibre
 * @param {string} script address of the reader
 * @param {string} archive address of the archive on our own host
 */
export async function openStreets(library, script, archive) {
  await loadScript(script);
  const { Protocol, PMTiles } = /** @type {any} */ (globalThis).pmtiles;
  const protocol = new Protocol();
  const address = new URL(archive, location.href).href;
  protocol.add(new PMTiles(address));
  library.addProtocol("pmtiles", protocol.tile);
  return { type: "vector", url: `pmtiles://${address}` };
}

/** Return the layers that lie above the land and below our own lines. */
export function makeStreetLayers() {
  return [
    area("earth", "--map-land", 8),
    { ...area("landuse", "--map-green", 8), filter: ["in", ["get", "kind"], ["literal", ["park", "forest", "wood", "nature_reserve", "grass"]]] },
    area("water", "--map-sea", 6, ["==", ["geometry-type"], "Polygon"]),
    area("buildings", "--map-building", 14),
    ...ROADS.map(({ kind, from, far, near, colour }) => ({
      id: `streets-${kind}`,
      type: "line",
      source: "streets",
      "source-layer": "roads",
      minzoom: from,
      filter: ["==", ["get", "kind"], kind],
      layout: { "line-join": "round", "line-cap": "round" },
      paint: {
        "line-color": token(colour),
        "line-width": ["interpolate", ["exponential", 1.4], ["zoom"], from, far, 16, near],
      },
    })),
  ];
}

/** Return the names of streets and quarters. */
export function nameStreets() {
  return [
    {
      id: "street-names",
      type: "symbol",
      source: "streets",
      "source-layer": "roads",
      minzoom: 13,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line",
        "text-field": NAME,
        "text-font": FONT,
        "text-size": 11,
        "text-padding": 4,
      },
      paint: halo("--muted"),
    },
    {
      id: "quarter-names",
      type: "symbol",
      source: "streets",
      "source-layer": "places",
      minzoom: 10.5,
      filter: ["in", ["get", "kind"], ["literal", ["locality", "macrohood", "neighbourhood"]]],
      layout: { "text-field": NAME, "text-font": FONT, "text-size": 11.5, "text-max-width": 8, "text-padding": 6 },
      paint: halo("--muted"),
    },
  ];
}

/**
 * @param {string} layer
 * @param {string} colour
 * @param {number} minzoom
 * @param {any[]} [filter]
 */
function area(layer, colour, minzoom, filter) {
  const drawn = {
    id: `streets-${layer}`,
    type: "fill",
    source: "streets",
    "source-layer": layer,
    minzoom,
    paint: { "fill-color": token(colour) },
  };
  return filter ? { ...drawn, filter } : drawn;
}

/** @param {string} address */
function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error("The reader of map archives cannot be loaded."));
    document.head.append(script);
  });
}

/** Projection of many points onto the map's canvas: Web Mercator, for a map that is neither turned nor tilted. */

/** Width of the world in CSS pixels at zoom 0. */
const WORLD_PX = 512;

/** @typedef {{x: number, y: number}} Place */
/** @typedef {(lon: number, lat: number, into: Place) => void} Projection writes the place of a point, in degrees */

/**
 * Return the function that writes the place of a point in CSS pixels of the map, as the map is now. It makes
 * no object, unlike `map.project`, which makes several for each point.
 * @param {any} map
 * @returns {Projection}
 */
export function makeProjection(map) {
  const size = WORLD_PX * 2 ** map.getZoom();
  const centre = map.getCenter();
  const origin = map.project(centre);
  const left = origin.x - east(centre.lng) * size;
  const top = origin.y - south(centre.lat) * size;
  return (lon, lat, into) => {
    into.x = left + east(lon) * size;
    into.y = top + south(lat) * size;
  };
}

/**
 * Return the share of the world's width that lies west of a longitude.
 * @param {number} lon
 */
function east(lon) {
  return (lon + 180) / 360;
}

/**
 * Return the share of the world's height that lies north of a latitude.
 * @param {number} lat
 */
function south(lat) {
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
}

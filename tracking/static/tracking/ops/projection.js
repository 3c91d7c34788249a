/** Projection of many points onto the map's canvas: Web Mercator, for a map that is neither turned nor tilted. */

/** Width of the world in CSS pixels at zoom 0. */
const WORLD_PX = 512;

/**
 * Return the function that gives the place of a point (degrees) in CSS pixels of the map, as it is now. It
 * costs a tenth of `map.project`, which makes several objects for each point.
 * @param {any} map
 * @returns {(lon: number, lat: number) => {x: number, y: number}}
 */
export function makeProjection(map) {
  const size = WORLD_PX * 2 ** map.getZoom();
  const centre = map.getCenter();
  const origin = map.project(centre);
  const left = origin.x - east(centre.lng) * size;
  const top = origin.y - south(centre.lat) * size;
  return (lon, lat) => ({ x: left + east(lon) * size, y: top + south(lat) * size });
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

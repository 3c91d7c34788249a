/** State of the fleet page in its address: view, selected vehicle, filters, and the place on the map. */

/** @typedef {{lat: number, lon: number, zoom: number}} Place degrees, and the zoom of the map */

const PLACE = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?),(\d{1,2}(?:\.\d+)?)$/;

/**
 * Return a value of the address; null if it has none.
 * @param {string} name
 */
export function readAddress(name) {
  return new URLSearchParams(location.search).get(name) || null;
}

/**
 * Write values into the address, without a new entry in the history; an empty value is left out.
 * @param {Record<string, string | null>} values
 */
export function keepInAddress(values) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  // The place is readable in the address: a comma needs no escape there.
  address.search = address.search.replaceAll("%2C", ",");
  if (address.href !== location.href) history.replaceState(null, "", address);
}

/**
 * Return the place on the map that the address names; null for none, and for text that is no place.
 * @returns {Place | null}
 */
export function readPlace() {
  const found = PLACE.exec(readAddress("at") ?? "");
  if (!found) return null;
  const [lat, lon, zoom] = found.slice(1).map(Number);
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { lat, lon, zoom } : null;
}

/** @param {Place} place */
export function keepPlace({ lat, lon, zoom }) {
  keepInAddress({ at: `${lat.toFixed(4)},${lon.toFixed(4)},${zoom.toFixed(2)}` });
}

/** Colours and fonts of the map, from the design tokens. */

export const FONT = ["system-ui", "Segoe UI", "Roboto", "Noto Sans"];

/** @param {string} name */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Return the paint of a name in this colour, readable on land.
 * @param {string} colour
 */
export function halo(colour) {
  return { "text-color": token(colour), "text-halo-color": token("--map-land"), "text-halo-width": 1.4 };
}

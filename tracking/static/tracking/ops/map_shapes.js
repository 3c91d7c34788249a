/** Shapes of the map as the file keeps them: steps from point to point in whole units, which compress well. */

/** @typedef {number[] | Steps[]} Steps east and north in turn; the first step is from (0, 0) */
/** @typedef {{credit: string, units: number, layers: Record<string, any>}} Shapes `units`: how many are a degree */

/**
 * Return the shapes as GeoJSON, in degrees.
 * @param {Shapes} shapes
 */
export function readShapes({ credit, units, layers }) {
  const read = (/** @type {any} */ layer) => (layer.steps ? { type: layer.type, coordinates: walk(layer.steps, units) } : layer);
  return { credit, layers: Object.fromEntries(Object.entries(layers).map(([name, layer]) => [name, read(layer)])) };
}

/**
 * @param {any} steps
 * @param {number} units
 * @returns {any} positions (lon, lat), nested as the steps are
 */
function walk(steps, units) {
  if (typeof steps[0] !== "number") return steps.map((/** @type {any} */ part) => walk(part, units));
  const positions = [];
  let [east, north] = [0, 0];
  for (let n = 0; n < steps.length; n += 2) {
    east += steps[n];
    north += steps[n + 1];
    positions.push([east / units, north / units]);
  }
  return positions;
}

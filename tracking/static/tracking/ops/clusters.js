/** Clusters: marks on the map that would touch are drawn as one, with their count. */

/**
 * @template T
 * @typedef {{x: number, y: number, radius: number, marks: T[]}} Cluster centre and radius in CSS pixels
 */

/** No mark and no cluster is wider than this, so that touching ones are in neighbouring cells. */
const CELL_PX = 44;
const ROW = 1 << 16;

/**
 * Return the radius of a cluster with so many marks.
 * @param {number} count
 */
export function radiusOf(count) {
  return 10 + Math.min(9, 2 * Math.log2(count));
}

/**
 * Merge marks until no two of the results touch. A mark that touches none is a cluster of one.
 * @template {{x: number, y: number, radius: number}} T
 * @param {T[]} marks
 * @returns {Cluster<T>[]}
 */
export function mergeTouching(marks) {
  /** Clusters so far, by their cell. @type {Map<number, Cluster<T>[]>} */
  const cells = new Map();
  for (const mark of marks) {
    let cluster = { x: mark.x, y: mark.y, radius: mark.radius, marks: [mark] };
    // A cluster that has grown may touch another one.
    for (let near = takeTouching(cells, cluster); near; near = takeTouching(cells, cluster)) {
      absorb(near, cluster);
      cluster = near;
    }
    const key = keyOf(cluster);
    const cell = cells.get(key);
    if (cell) cell.push(cluster);
    else cells.set(key, [cluster]);
  }
  return [...cells.values()].flat();
}

/**
 * Return the key of the cell in which a centre lies.
 * @param {{x: number, y: number}} centre
 */
function keyOf({ x, y }) {
  return Math.floor(y / CELL_PX) * ROW + Math.floor(x / CELL_PX);
}

/**
 * Remove the first cluster that touches this one from its cell, and return it.
 * @template T
 * @param {Map<number, Cluster<T>[]>} cells
 * @param {Cluster<T>} cluster
 */
function takeTouching(cells, cluster) {
  const middle = keyOf(cluster);
  for (let row = middle - ROW; row <= middle + ROW; row += ROW) {
    for (let key = row - 1; key <= row + 1; key++) {
      const cell = cells.get(key);
      if (cell === undefined) continue;
      for (let n = 0; n < cell.length; n++) {
        const other = cell[n];
        const reach = other.radius + cluster.radius;
        const dx = other.x - cluster.x;
        const dy = other.y - cluster.y;
        if (dx * dx + dy * dy >= reach * reach) continue;
        cell.splice(n, 1);
        return other;
      }
    }
  }
  return null;
}

/**
 * @template T
 * @param {Cluster<T>} into
 * @param {Cluster<T>} other
 */
function absorb(into, other) {
  const [a, b] = [into.marks.length, other.marks.length];
  into.x = (into.x * a + other.x * b) / (a + b);
  into.y = (into.y * a + other.y * b) / (a + b);
  into.marks.push(...other.marks);
  into.radius = radiusOf(a + b);
}

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
  /** @type {Cluster<T>[]} */
  let clusters = marks.map((mark) => ({ x: mark.x, y: mark.y, radius: mark.radius, marks: [mark] }));
  for (;;) {
    const merged = mergeOnce(clusters);
    if (merged.length === clusters.length) return merged;
    clusters = merged;
  }
}

/**
 * @template T
 * @param {Cluster<T>[]} clusters
 */
function mergeOnce(clusters) {
  /** @type {Map<number, Cluster<T>[]>} */
  const cells = new Map();
  const kept = [];
  for (const cluster of clusters) {
    const [column, row] = [Math.floor(cluster.x / CELL_PX), Math.floor(cluster.y / CELL_PX)];
    const near = findTouching(cells, cluster, column, row);
    if (near) {
      absorb(near, cluster);
      continue;
    }
    kept.push(cluster);
    const key = row * ROW + column;
    const cell = cells.get(key);
    if (cell) cell.push(cluster);
    else cells.set(key, [cluster]);
  }
  return kept;
}

/**
 * @template T
 * @param {Map<number, Cluster<T>[]>} cells
 * @param {Cluster<T>} cluster
 * @param {number} column
 * @param {number} row
 */
function findTouching(cells, cluster, column, row) {
  for (let y = row - 1; y <= row + 1; y++) {
    for (let x = column - 1; x <= column + 1; x++) {
      for (const other of cells.get(y * ROW + x) ?? []) {
        const reach = other.radius + cluster.radius;
        const [dx, dy] = [other.x - cluster.x, other.y - cluster.y];
        if (dx * dx + dy * dy < reach * reach) return other;
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

/** Clusters: marks on the map that would touch are drawn as one, with their count. */

/**
 * @template T
 * @typedef {{x: number, y: number, radius: number, marks: T[]}} Cluster centre and radius in CSS pixels
 */

/** No mark and no cluster is wider than this, so that touching ones are in neighbouring cells. */
const CELL_PX = 44;
const NONE = -1;

/**
 * Return the radius of a cluster with so many marks.
 * @param {number} count
 */
export function radiusOf(count) {
  return 10 + Math.min(9, 2 * Math.log2(count));
}

/**
 * Merge marks until no two of the results touch. A mark that touches none is a cluster of one. The marks are
 * those in a window: memory is needed for its area.
 * @template {{x: number, y: number, radius: number}} T
 * @param {T[]} marks
 * @returns {Cluster<T>[]}
 */
export function mergeTouching(marks) {
  /** @type {(Cluster<T> | null)[]} */
  const clusters = marks.map((mark) => ({ x: mark.x, y: mark.y, radius: mark.radius, marks: [mark] }));
  const grid = new Grid(/** @type {Cluster<T>[]} */ (clusters));
  for (let n = 0; n < clusters.length; n++) {
    let own = n;
    // A cluster that has grown may touch another one.
    for (let near = grid.takeTouching(own); near !== NONE; near = grid.takeTouching(own)) {
      absorb(/** @type {Cluster<T>} */ (clusters[near]), /** @type {Cluster<T>} */ (clusters[own]));
      clusters[own] = null;
      own = near;
    }
    grid.put(own);
  }
  return /** @type {Cluster<T>[]} */ (clusters.filter((cluster) => cluster !== null));
}

/** Cells of a window; each holds the numbers of clusters as a chain. */
class Grid {
  /** @param {Cluster<any>[]} clusters all that will be put there; a merged one is never outside of their window */
  constructor(clusters) {
    this.clusters = clusters;
    let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
    for (const { x, y } of clusters) {
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
    // One empty column and row on each side: every cell has eight neighbours.
    this.left = left - CELL_PX;
    this.top = top - CELL_PX;
    this.columns = Math.floor(Math.max(0, right - this.left) / CELL_PX) + 2;
    const rows = Math.floor(Math.max(0, bottom - this.top) / CELL_PX) + 2;
    this.first = new Int32Array(clusters.length ? this.columns * rows : 0).fill(NONE);
    this.next = new Int32Array(clusters.length);
  }

  /** @param {number} n */
  put(n) {
    const cell = this.#cellOf(this.clusters[n]);
    this.next[n] = this.first[cell];
    this.first[cell] = n;
  }

  /**
   * Remove one that touches this cluster, and return its number; `NONE` if there is none.
   * @param {number} n
   */
  takeTouching(n) {
    const cluster = this.clusters[n];
    const middle = this.#cellOf(cluster);
    for (let row = middle - this.columns; row <= middle + this.columns; row += this.columns) {
      for (let cell = row - 1; cell <= row + 1; cell++) {
        const found = this.#takeOf(cell, cluster);
        if (found !== NONE) return found;
      }
    }
    return NONE;
  }

  /**
   * @param {number} cell
   * @param {Cluster<any>} cluster
   */
  #takeOf(cell, cluster) {
    let before = NONE;
    for (let n = this.first[cell]; n !== NONE; n = this.next[n]) {
      const other = this.clusters[n];
      const reach = other.radius + cluster.radius;
      const dx = other.x - cluster.x;
      const dy = other.y - cluster.y;
      if (dx * dx + dy * dy < reach * reach) {
        if (before === NONE) this.first[cell] = this.next[n];
        else this.next[before] = this.next[n];
        return n;
      }
      before = n;
    }
    return NONE;
  }

  /** @param {{x: number, y: number}} centre */
  #cellOf({ x, y }) {
    return Math.floor((y - this.top) / CELL_PX) * this.columns + Math.floor((x - this.left) / CELL_PX);
  }
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

/** Track of a day: the position at any time of it, and how far a replay has come. */

/** @typedef {[number, number, number, number | null]} Point time in ms, latitude, longitude, km/h */

/**
 * Return the index of the last point at or before a time; 0 for a time before the first.
 * @param {Point[]} points oldest first
 * @param {number} time
 */
export function findIndex(points, time) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (points[middle][0] <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Longer gaps between two points are no movement: the vehicle was silent. */
const SILENT_MS = 10 * 60 * 1000;

/**
 * Return the position at a time: between two points in a straight line, in a long gap at the point before it.
 * @param {Point[]} points
 * @param {number} time
 */
export function positionAt(points, time) {
  const index = findIndex(points, time);
  const [from, to] = [points[index], points[index + 1]];
  const isMoving = to && time > from[0] && to[0] - from[0] <= SILENT_MS;
  const share = isMoving ? (time - from[0]) / (to[0] - from[0]) : 0;
  const lat = isMoving ? from[1] + (to[1] - from[1]) * share : from[1];
  const lon = isMoving ? from[2] + (to[2] - from[2]) * share : from[2];
  return { lat, lon, speed: from[3], isSilent: Boolean(to) && to[0] - from[0] > SILENT_MS && time > from[0] };
}

/** Clock of a replay: it runs at a multiple of real time and stops at the end. */
export class Playhead {
  /**
   * @param {number} first
   * @param {number} last
   */
  constructor(first, last) {
    this.first = first;
    this.last = last;
    this.time = first;
    this.speed = 1;
    this.isPlaying = false;
  }

  /** Start, from the beginning if it is at the end. */
  play() {
    if (this.time >= this.last) this.time = this.first;
    this.isPlaying = this.last > this.first;
  }

  /** @param {number} ms real time since the last call */
  advance(ms) {
    if (!this.isPlaying) return;
    this.seek(this.time + ms * this.speed);
    if (this.time >= this.last) this.isPlaying = false;
  }

  /** @param {number} time */
  seek(time) {
    this.time = Math.min(this.last, Math.max(this.first, time));
  }
}

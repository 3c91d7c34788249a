/** Interpolation of a marker between the fixes of its vehicle: one ping interval behind, never back in time. */

/**
 * @typedef {{t: number, lat: number, lon: number, heading: number | null, isJump?: boolean}} Fix time in ms,
 *   degrees; `isJump`: it is too far from the fix before for a movement
 */
/** @typedef {{lat: number, lon: number, heading: number, moving: boolean}} Spot */

/** A longer jump is not animated: the marker is moved at once. */
export const SNAP_KM = 2;
/** Time for which a marker goes on in its last direction when the next fix is late; then it stops. */
export const RECKON_MS = 5000;
const USUAL_INTERVAL_MS = 5000;
const MIN_INTERVAL_MS = 500;
const MAX_INTERVAL_MS = 30000;
const MAX_LAG_MS = 15000;
/** Enough for the longest interval and lag at one fix a second. */
const KEPT = 60;

/** Fixes of one vehicle and the position of its marker. */
export class Track {
  /** @param {Fix} fix */
  constructor(fix) {
    /** @type {Fix[]} */
    this.fixes = [{ t: fix.t, lat: fix.lat, lon: fix.lon, heading: fix.heading, isJump: false }];
    this.interval = USUAL_INTERVAL_MS;
    this.lag = 0;
    this.head = fix.t;
  }

  /** @returns {Fix} */
  get newest() {
    return this.fixes[this.fixes.length - 1];
  }

  /**
   * Add a fix received at `now` (ms on the fixes' clock); a fix that is not newer than the last is ignored.
   * @param {Fix} fix
   * @param {number} now
   */
  take(fix, now) {
    const gap = fix.t - this.newest.t;
    if (gap <= 0) return;
    this.interval = clamp(0.7 * this.interval + 0.3 * gap, MIN_INTERVAL_MS, MAX_INTERVAL_MS);
    this.lag = clamp(Math.max(now - fix.t, 0.9 * this.lag), 0, MAX_LAG_MS);
    const heading = fix.heading ?? bearing(this.newest, fix) ?? this.newest.heading;
    const isJump = distanceKm(this.newest, fix) > SNAP_KM;
    this.fixes.push({ t: fix.t, lat: fix.lat, lon: fix.lon, heading, isJump });
    if (this.fixes.length > KEPT) this.fixes.shift();
  }

  /**
   * Return the marker's position at `now` (ms on the fixes' clock), written into `spot`.
   * @param {number} now
   * @param {Spot} [spot] of an earlier call
   */
  at(now, spot = { lat: 0, lon: 0, heading: 0, moving: false }) {
    this.head = Math.max(this.head, now - this.interval - this.lag);
    // From the end: the marker is a few fixes behind, and this is done for each vehicle on each frame.
    let next = this.fixes.length;
    while (next > 0 && this.fixes[next - 1].t > this.head) next -= 1;
    if (next === 0) return rest(spot, this.fixes[0]);
    if (next === this.fixes.length) return this.#goOn(spot);
    return goBetween(spot, this.fixes[next - 1], this.fixes[next], this.head);
  }

  /** @param {Spot} spot */
  #goOn(spot) {
    const last = this.newest;
    const before = this.fixes[this.fixes.length - 2];
    const late = this.head - last.t;
    rest(spot, last);
    if (!before || last.isJump) return spot;
    const share = Math.min(late, RECKON_MS) / (last.t - before.t);
    spot.lat += (last.lat - before.lat) * share;
    spot.lon += (last.lon - before.lon) * share;
    spot.moving = late < RECKON_MS;
    return spot;
  }
}

/**
 * @param {Spot} spot
 * @param {Fix} start
 * @param {Fix} end
 * @param {number} t
 */
function goBetween(spot, start, end, t) {
  rest(spot, start);
  spot.moving = true;
  if (end.isJump) return spot;
  const share = (t - start.t) / (end.t - start.t);
  const from = start.heading ?? end.heading ?? 0;
  const turn = (((end.heading ?? from) - from + 540) % 360) - 180;
  spot.lat += (end.lat - start.lat) * share;
  spot.lon += (end.lon - start.lon) * share;
  spot.heading = (from + turn * Math.min(1, share * 2) + 360) % 360;
  return spot;
}

/**
 * @param {Spot} spot
 * @param {Fix} fix
 */
function rest(spot, fix) {
  spot.lat = fix.lat;
  spot.lon = fix.lon;
  spot.heading = fix.heading ?? 0;
  spot.moving = false;
  return spot;
}

/**
 * Return the kilometres between two near points.
 * @param {{lat: number, lon: number}} a
 * @param {{lat: number, lon: number}} b
 */
export function distanceKm(a, b) {
  const east = (b.lon - a.lon) * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(b.lat - a.lat, east) * 111.195;
}

/**
 * Return the direction from one fix to the next in degrees from north; null if it has not moved.
 * @param {Fix} a
 * @param {Fix} b
 */
function bearing(a, b) {
  if (distanceKm(a, b) < 0.01) return null;
  const east = (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180);
  return ((Math.atan2(east, b.lat - a.lat) * 180) / Math.PI + 360) % 360;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** Trail of the selected vehicle: where it was within the last half hour. */

/** @typedef {{t: number, lat: number, lon: number}} Point time in ms, degrees */

export const TRAIL_MS = 30 * 60 * 1000;

/** Points of one vehicle, oldest first: those of the server, then those that arrive. */
export class Trail {
  /** @param {string} source address of the points, with `VEHICLE` for the id */
  constructor(source) {
    this.source = source;
    /** @type {string | null} */
    this.vehicleId = null;
    /** @type {Point[]} */
    this.points = [];
  }

  /**
   * Follow another vehicle, or none; resolves when the points of the server are there.
   * @param {string | null} vehicleId
   */
  async follow(vehicleId) {
    this.vehicleId = vehicleId;
    this.points = [];
    if (vehicleId === null) return;
    const answer = await fetch(this.source.replace("VEHICLE", encodeURIComponent(vehicleId))).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const { points } = await answer.json();
    if (this.vehicleId !== vehicleId) return;
    const earlier = points.map((/** @type {number[]} */ [t, lat, lon]) => ({ t, lat, lon }));
    const since = earlier.length ? earlier[earlier.length - 1].t : -Infinity;
    this.points = [...earlier, ...this.points.filter((point) => point.t > since)];
  }

  /**
   * Add the newer ones of these points, and drop those of more than half an hour ago.
   * @param {Point[]} fixes oldest first
   * @param {number} now
   */
  take(fixes, now) {
    const since = this.points.length ? this.points[this.points.length - 1].t : -Infinity;
    for (const { t, lat, lon } of fixes) if (t > since) this.points.push({ t, lat, lon });
    const first = this.points.findIndex((point) => now - point.t < TRAIL_MS);
    if (first > 0) this.points.splice(0, first);
  }
}

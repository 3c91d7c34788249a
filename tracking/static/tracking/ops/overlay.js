/** Canvas over the map that draws the vehicles on each animation frame and finds those under the pointer. */

import { mergeTouching } from "./clusters.js";
import { Painter, reachOf } from "./marks.js";
import { makeProjection } from "./projection.js";
import { formatGap } from "./times.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */
/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {import("./marks.js").Mark} Mark */
/** @typedef {import("./clusters.js").Cluster<Mark>} MarkCluster */
/** @typedef {import("./trail.js").Trail} Trail */
/**
 * @typedef {{map: any, fleet: Fleet, trail: Trail, ring: HTMLElement,
 *   admits: (vehicleId: string, state: VehicleState) => boolean}} OverlayOptions `ring`: around the selected one
 */

const HIT_PX = 14;
/** Marks so far outside of the window are not drawn. */
const MARGIN_PX = 40;
/** Ages of silent vehicles are written from this zoom on. */
const AGES_FROM = 7;
/** Drawing order: vehicles that need attention are drawn last, on top. */
const DEPTH = /** @type {Record<VehicleState, number>} */ ({ parked: 0, silent: 1, no_parcel: 2, on_time: 3, late: 4, failed: 5, incident: 6 });

/** Canvas with its vehicles. */
export class Overlay {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {OverlayOptions} options
   */
  constructor(canvas, { map, fleet, trail, ring, admits }) {
    this.canvas = canvas;
    this.map = map;
    this.fleet = fleet;
    this.trail = trail;
    this.ring = ring;
    this.admits = admits;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.painter = new Painter(this.pen);
    /** @type {MarkCluster[]} */
    this.clusters = [];
    /** @type {Mark | null} */
    this.chosen = null;
    /** @type {string | null} */
    this.selected = null;
    /** @type {string | null} */
    this.hovered = null;
    /** Whether a frame is asked for. */
    this.isDue = false;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.size = { width: 0, height: 0 };
    this.#resize();
    map.on("move", () => this.redraw());
    map.on("resize", () => this.#resize());
    document.addEventListener("themechange", () => {
      this.painter.readColours();
      this.redraw();
    });
  }

  /** Draw on the next animation frame. A page on which nothing moves asks for none, so that the browser rests. */
  redraw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => this.#draw());
  }

  /**
   * Return the ids of the vehicles that the nearest mark within reach of a point stands for; the point is in
   * CSS pixels of the map. Empty if there is none.
   * @param {{x: number, y: number}} point
   * @returns {string[]}
   */
  findAt(point) {
    const distanceTo = (/** @type {{x: number, y: number}} */ mark) => Math.hypot(mark.x - point.x, mark.y - point.y);
    if (this.chosen && distanceTo(this.chosen) <= HIT_PX) return [this.chosen.id];
    const near = this.clusters
      .map((cluster) => ({ cluster, distance: distanceTo(cluster) }))
      .filter(({ cluster, distance }) => distance <= Math.max(HIT_PX, cluster.radius))
      .sort((a, b) => a.distance - b.distance);
    return near.length ? near[0].cluster.marks.map((mark) => mark.id) : [];
  }

  #draw() {
    this.isDue = false;
    performance.mark("overlay-start");
    const zoom = this.map.getZoom();
    const size = 4.5 + 3.5 * Math.min(1, Math.max(0, (zoom - 4) / 4));
    const project = makeProjection(this.map);
    const { marks, moving } = this.#place(size, project);
    this.clusters = mergeTouching(marks);
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#drawTrail(project);
    this.#drawClusters(size, zoom >= AGES_FROM);
    this.#drawChosen(size);
    if (moving) this.redraw();
    performance.measure("overlay", "overlay-start");
    // Observers have them; kept entries would fill the memory of a page that is open all day.
    performance.clearMarks("overlay-start");
    performance.clearMeasures("overlay");
  }

  /** Take the size of the map; to read it on each frame would compute the layout each time. */
  #resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    this.size = { width, height };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.redraw();
  }

  /**
   * Compute the marks in sight, and the selected one by itself; say whether one of them moves.
   * @param {number} size
   * @param {(lon: number, lat: number) => {x: number, y: number}} project
   */
  #place(size, project) {
    const now = this.fleet.now;
    const { width, height } = this.size;
    let moving = false;
    const marks = [];
    this.chosen = null;
    for (const [id, track] of this.fleet.tracks) {
      const isChosen = id === this.selected;
      const state = this.fleet.stateOf(id);
      if (!isChosen && !this.admits(id, state)) continue;
      const spot = this.still.matches ? { ...track.newest, heading: track.newest.heading ?? 0, moving: false } : track.at(now);
      const { x, y } = project(spot.lon, spot.lat);
      const mark = { id, state, x, y, heading: spot.heading, radius: reachOf(state, size) };
      if (isChosen) this.chosen = mark;
      else if (x < -MARGIN_PX || y < -MARGIN_PX || x > width + MARGIN_PX || y > height + MARGIN_PX) continue;
      else marks.push(mark);
      moving ||= spot.moving || track.head < track.newest.t;
    }
    return { marks, moving: moving && !this.still.matches };
  }

  /**
   * @param {number} size
   * @param {boolean} hasAges
   */
  #drawClusters(size, hasAges) {
    const worst = (/** @type {MarkCluster} */ { marks }) =>
      marks.reduce((a, b) => (DEPTH[b.state] > DEPTH[a.state] ? b : a)).state;
    const shown = this.clusters.map((cluster) => ({ cluster, state: worst(cluster) }));
    shown.sort((a, b) => DEPTH[a.state] - DEPTH[b.state]);
    for (const { cluster, state } of shown) {
      const [mark] = cluster.marks;
      if (cluster.marks.length > 1) {
        this.painter.drawCluster(cluster, cluster.marks.length, state);
        continue;
      }
      this.painter.drawMark(mark, size, mark.id === this.hovered);
      if (hasAges && state === "silent") this.painter.write(mark, this.#ageOf(mark.id), size, false);
    }
  }

  /** @param {number} size */
  #drawChosen(size) {
    const mark = this.chosen;
    this.ring.hidden = mark === null;
    if (mark === null) return;
    this.painter.drawMark(mark, size, mark.id === this.hovered);
    this.painter.write(mark, mark.id, size + 8, true);
    this.ring.style.transform = `translate(${mark.x.toFixed(1)}px, ${mark.y.toFixed(1)}px)`;
  }

  /** @param {(lon: number, lat: number) => {x: number, y: number}} project */
  #drawTrail(project) {
    const mark = this.chosen;
    const track = mark && this.fleet.tracks.get(mark.id);
    if (!mark || !track || this.trail.vehicleId !== mark.id) return;
    const line = new Path2D();
    let points = 0;
    for (const point of this.trail.points) {
      if (point.t > track.head && !this.still.matches) break;
      const { x, y } = project(point.lon, point.lat);
      if (points++) line.lineTo(x, y);
      else line.moveTo(x, y);
    }
    if (!points) return;
    line.lineTo(mark.x, mark.y);
    this.painter.drawTrail(line);
  }

  /** @param {string} id */
  #ageOf(id) {
    const vehicle = this.fleet.vehicles.get(id);
    return vehicle ? formatGap(this.fleet.now - vehicle.heard) : "";
  }
}

/** Canvas over the map that draws the vehicles on each animation frame and finds those under the pointer. */

import { mergeTouching } from "./clusters.js";
import { Painter, reachOf } from "./marks.js";
import { makeProjection } from "./projection.js";
import { formatGap } from "./times.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */
/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {import("./glide.js").Spot} Spot */
/** @typedef {import("./marks.js").Mark} Mark */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./clusters.js").Cluster<Mark>} MarkCluster */
/** @typedef {import("./trail.js").Trail} Trail */
/** @typedef {Mark & {drawnX: number, drawnY: number, drawnHeading: number}} Placed with where it was last drawn */
/**
 * @typedef {{map: any, fleet: Fleet, trail: Trail, ring: HTMLElement,
 *   admits: (vehicleId: string, state: VehicleState) => boolean}} OverlayOptions `ring`: around the selected one
 */

const HIT_PX = 14;
/** Marks so far outside of the window are not drawn. */
const MARGIN_PX = 40;
/** A mark that has glided or turned by less since it was drawn is not drawn again: nobody sees the difference. */
const STEP_PX = 0.25;
const STEP_DEGREES = 2;
/** Marks are drawn in sizes that differ by this, so that their pictures serve for many zooms. */
const SIZE_STEP_PX = 0.5;
/** Ages of silent vehicles are written from this zoom on. */
const AGES_FROM = 7;
/** Drawing order: vehicles that need attention are drawn last, on top. */
const DEPTHS = /** @type {VehicleState[]} */ (["parked", "silent", "moving", "on_time", "late", "failed", "exception", "incident"]);
const DEPTH = /** @type {Record<VehicleState, number>} */ (Object.fromEntries(DEPTHS.map((state, depth) => [state, depth])));
/** Position of the vehicle that is being placed. */
const SPOT = /** @type {Spot} */ ({ lat: NaN, lon: NaN, heading: NaN, moving: false });

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
    /** Marks of all vehicles by id; each is moved from frame to frame. @type {Map<string, Placed>} */
    this.marks = new Map();
    /** Those in sight, without the chosen one. @type {Placed[]} */
    this.shown = [];
    /** @type {MarkCluster[]} */
    this.clusters = [];
    /** @type {Placed | null} */
    this.chosen = null;
    /** @type {string | null} */
    this.selected = null;
    /** @type {string | null} */
    this.hovered = null;
    /** Whether a frame is asked for, and whether it must be drawn even if nothing has moved. */
    this.isDue = this.isStale = false;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.size = { width: 0, height: 0, ratio: 1 };
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
    this.isStale = true;
    this.#ask();
  }

  #ask() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => this.#step());
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

  /** Move the marks; draw them if one has moved far enough to be seen, or if it was asked for. */
  #step() {
    this.isDue = false;
    const begun = performance.now();
    const zoom = this.map.getZoom();
    const size = Math.round((4.5 + 3.5 * Math.min(1, Math.max(0, (zoom - 4) / 4))) / SIZE_STEP_PX) * SIZE_STEP_PX;
    const project = makeProjection(this.map);
    const { isMoving, hasMoved } = this.#place(size, project);
    if (isMoving) this.#ask();
    if (!this.isStale && !hasMoved) return;
    this.isStale = false;
    this.#draw(size, zoom >= AGES_FROM, project);
    performance.measure("overlay", { start: begun });
    // Observers have it; kept entries would fill the memory of a page that is open all day.
    performance.clearMeasures("overlay");
  }

  /**
   * @param {number} size
   * @param {boolean} hasAges
   * @param {Projection} project
   */
  #draw(size, hasAges, project) {
    for (const mark of this.shown) keepDrawn(mark);
    if (this.chosen) keepDrawn(this.chosen);
    this.clusters = mergeTouching(this.shown);
    this.painter.begin(size, this.size.ratio);
    this.#drawTrail(project);
    this.#drawClusters(size, hasAges);
    this.#drawChosen(size);
  }

  /** Take the size of the map; to read it on each frame would compute the layout each time. */
  #resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    this.size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.redraw();
  }

  /**
   * Compute the marks in sight, and the chosen one by itself; say whether one goes on moving, and whether one is
   * far from where it was drawn.
   * @param {number} size
   * @param {Projection} project
   */
  #place(size, project) {
    const { now, tracks } = this.fleet;
    const { width, height } = this.size;
    const isStill = this.still.matches;
    let isMoving = false;
    let hasMoved = false;
    this.shown.length = 0;
    this.chosen = null;
    if (this.marks.size > tracks.size) this.marks.clear();
    for (const [id, track] of tracks) {
      const isChosen = id === this.selected;
      const state = this.fleet.stateOf(id, now);
      if (!isChosen && !this.admits(id, state)) continue;
      const { lat, lon, heading } = isStill ? track.newest : track.at(now, SPOT);
      const mark = this.marks.get(id) ?? this.#makeMark(id);
      project(lon, lat, mark);
      isMoving ||= SPOT.moving || track.head < track.newest.t;
      if (isChosen) this.chosen = mark;
      else if (mark.x < -MARGIN_PX || mark.y < -MARGIN_PX || mark.x > width + MARGIN_PX || mark.y > height + MARGIN_PX) continue;
      else this.shown.push(mark);
      mark.state = state;
      mark.heading = heading ?? 0;
      mark.radius = reachOf(state, size);
      hasMoved ||= isFar(mark);
    }
    return { isMoving: isMoving && !isStill, hasMoved };
  }

  /**
   * Make a mark with fields that hold fractions from the first on: others would be converted on each use.
   * @param {string} id
   * @returns {Placed}
   */
  #makeMark(id) {
    const mark = { id, state: /** @type {VehicleState} */ ("parked"), x: NaN, y: NaN, heading: NaN, radius: NaN, drawnX: NaN, drawnY: NaN, drawnHeading: NaN };
    this.marks.set(id, mark);
    return mark;
  }

  /**
   * @param {number} size
   * @param {boolean} hasAges
   */
  #drawClusters(size, hasAges) {
    const byDepth = /** @type {{cluster: MarkCluster, worst: Mark}[][]} */ (DEPTHS.map(() => []));
    for (const cluster of this.clusters) {
      let [worst] = cluster.marks;
      for (const mark of cluster.marks) if (DEPTH[mark.state] > DEPTH[worst.state]) worst = mark;
      byDepth[DEPTH[worst.state]].push({ cluster, worst });
    }
    const silent = [];
    for (const { cluster, worst } of byDepth.flat()) {
      const count = cluster.marks.length;
      if (count > 1) this.painter.drawCluster(cluster, count, worst.state);
      else this.painter.drawMark(worst, worst.id === this.hovered);
      if (hasAges && count === 1 && worst.state === "silent") silent.push(worst);
    }
    this.painter.rest();
    for (const mark of silent) this.painter.write(mark, this.#ageOf(mark.id), size, false);
  }

  /** @param {number} size */
  #drawChosen(size) {
    const mark = this.chosen;
    this.ring.hidden = mark === null;
    if (mark === null) return;
    this.painter.drawMark(mark, mark.id === this.hovered);
    this.painter.rest();
    this.painter.write(mark, mark.id, size + 8, true);
    this.ring.style.transform = `translate(${mark.x.toFixed(1)}px, ${mark.y.toFixed(1)}px)`;
  }

  /** @param {Projection} project */
  #drawTrail(project) {
    const mark = this.chosen;
    const track = mark && this.fleet.tracks.get(mark.id);
    if (!mark || !track || this.trail.vehicleId !== mark.id) return;
    const line = new Path2D();
    const place = { x: 0, y: 0 };
    let points = 0;
    for (const point of this.trail.points) {
      if (point.t > track.head && !this.still.matches) break;
      project(point.lon, point.lat, place);
      if (points++) line.lineTo(place.x, place.y);
      else line.moveTo(place.x, place.y);
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

/** @param {Placed} mark */
function keepDrawn(mark) {
  mark.drawnX = mark.x;
  mark.drawnY = mark.y;
  mark.drawnHeading = mark.heading;
}

/**
 * Return whether a mark is visibly elsewhere than where it was drawn, or was not drawn yet.
 * @param {Placed} mark
 */
function isFar({ x, y, heading, drawnX, drawnY, drawnHeading }) {
  const turn = Math.abs(((heading - drawnHeading + 540) % 360) - 180);
  return !(Math.abs(x - drawnX) < STEP_PX && Math.abs(y - drawnY) < STEP_PX && turn < STEP_DEGREES);
}

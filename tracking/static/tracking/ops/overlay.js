/** Canvas over the map that draws the vehicles on each animation frame and finds the one under the pointer. */

import { formatGap } from "./times.js";
import { token } from "./map_style.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */
/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {{id: string, state: VehicleState, x: number, y: number, heading: number}} Mark */

const HIT_PX = 14;
const CROWD = 2000;
const CELL_PX = 40;
const TRAIL_MS = 30 * 60 * 1000;
const ARROW = new Path2D("M0 -1 L0.78 0.92 L0 0.48 L-0.78 0.92 Z");
const DIAMOND = new Path2D("M0 -1.72 L1.72 0 L0 1.72 L-1.72 0 Z");
const OCTAGON = new Path2D("M-0.64 -1.55 H0.64 L1.55 -0.64 V0.64 L0.64 1.55 H-0.64 L-1.55 0.64 V-0.64 Z");
/** Drawing order: vehicles that need attention are drawn last, on top. */
const DEPTH = /** @type {VehicleState[]} */ (["parked", "silent", "on_time", "late", "incident"]);

/** Canvas with its vehicles. */
export class Overlay {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {any} map
   * @param {Fleet} fleet
   */
  constructor(canvas, map, fleet) {
    this.canvas = canvas;
    this.map = map;
    this.fleet = fleet;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {string | null} */
    this.selected = null;
    /** @type {string | null} */
    this.hovered = null;
    this.isStale = true;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.readColours();
    map.on("move", () => this.redraw());
    map.on("resize", () => this.redraw());
    document.addEventListener("themechange", () => this.readColours());
    const frame = () => {
      if (this.isStale && !document.hidden) this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  redraw() {
    this.isStale = true;
  }

  readColours() {
    const tones = ["good", "warn", "bad", "idle", "warn-soft", "bad-soft", "card", "ink", "brand"];
    this.colours = Object.fromEntries(tones.map((name) => [name, token(`--${name}`)]));
    this.font = `600 11px ${token("--font")}`;
    this.redraw();
  }

  /**
   * Find the nearest vehicle within reach of a point of the map, in CSS pixels.
   * @param {{x: number, y: number}} point
   */
  find(point) {
    const near = this.marks
      .map((mark) => ({ mark, distance: Math.hypot(mark.x - point.x, mark.y - point.y) }))
      .filter(({ distance }) => distance <= HIT_PX)
      .sort((a, b) => a.distance - b.distance);
    return near.length ? near[0].mark.id : null;
  }

  #draw() {
    performance.mark("overlay-start");
    this.#size();
    const moving = this.#place();
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.marks.length > CROWD) this.#drawCells();
    else this.#drawVehicles();
    this.isStale = moving;
    performance.measure("overlay", "overlay-start");
    performance.clearMarks("overlay-start");
  }

  #size() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.map.getContainer();
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** Compute the position of each vehicle; return whether one of them moves. */
  #place() {
    const now = this.fleet.now;
    let moving = false;
    this.marks = [];
    for (const [id, track] of this.fleet.tracks) {
      const spot = this.still.matches ? { ...track.newest, heading: track.newest.heading ?? 0, moving: false } : track.at(now);
      const { x, y } = this.map.project([spot.lon, spot.lat]);
      moving ||= spot.moving || track.head < track.newest.t;
      this.marks.push({ id, state: this.fleet.stateOf(id), x, y, heading: spot.heading });
    }
    this.marks.sort((a, b) => DEPTH.indexOf(a.state) - DEPTH.indexOf(b.state));
    return moving && !this.still.matches;
  }

  #drawVehicles() {
    const zoom = this.map.getZoom();
    const size = 4.5 + 3.5 * Math.min(1, Math.max(0, (zoom - 4) / 4));
    const chosen = this.marks.find((mark) => mark.id === this.selected);
    if (chosen) this.#drawTrail(chosen);
    for (const mark of this.marks) this.#drawMark(mark, size);
    if (chosen) this.#drawHalo(chosen, size);
    for (const mark of this.marks) {
      if (mark.state === "silent" && zoom >= 7) this.#write(mark, this.#ageOf(mark.id), size);
      else if (mark === chosen) this.#write(mark, mark.id, size + 6);
    }
  }

  /**
   * @param {Mark} mark
   * @param {number} size
   */
  #drawMark(mark, size) {
    const pen = this.pen;
    const colours = this.colours ?? {};
    pen.save();
    pen.translate(mark.x, mark.y);
    if (mark.id === this.hovered) pen.scale(1.2, 1.2);
    if (mark.state === "silent") this.#ring(size * 0.8, colours.idle);
    else if (mark.state === "parked") this.#dot(size * 0.55, colours.idle);
    else {
      pen.scale(size, size);
      if (mark.state === "late") this.#frame(DIAMOND, colours["warn-soft"], colours.warn, size);
      if (mark.state === "incident") this.#frame(OCTAGON, colours["bad-soft"], colours.bad, size);
      pen.rotate((mark.heading * Math.PI) / 180);
      const inFrame = mark.state !== "on_time";
      if (inFrame) pen.scale(0.82, 0.82);
      this.#arrow(inFrame ? colours[mark.state === "late" ? "warn" : "bad"] : colours.good, inFrame ? null : colours.card, size);
    }
    pen.restore();
  }

  /**
   * @param {string} colour
   * @param {string | null} edge
   * @param {number} size
   */
  #arrow(colour, edge, size) {
    this.pen.lineJoin = "round";
    if (edge) {
      this.pen.lineWidth = 3 / size;
      this.pen.strokeStyle = edge;
      this.pen.stroke(ARROW);
    }
    this.pen.fillStyle = colour;
    this.pen.fill(ARROW);
  }

  /**
   * @param {Path2D} shape
   * @param {string} inside
   * @param {string} edge
   * @param {number} size
   */
  #frame(shape, inside, edge, size) {
    this.pen.fillStyle = inside;
    this.pen.fill(shape);
    this.pen.lineWidth = 1.4 / size;
    this.pen.strokeStyle = edge;
    this.pen.stroke(shape);
  }

  /**
   * @param {number} radius
   * @param {string} colour
   */
  #dot(radius, colour) {
    this.pen.beginPath();
    this.pen.arc(0, 0, radius, 0, 2 * Math.PI);
    this.pen.lineWidth = 3;
    this.pen.strokeStyle = this.colours?.card ?? colour;
    this.pen.stroke();
    this.pen.fillStyle = colour;
    this.pen.fill();
  }

  /**
   * @param {number} radius
   * @param {string} colour
   */
  #ring(radius, colour) {
    this.pen.beginPath();
    this.pen.arc(0, 0, radius, 0, 2 * Math.PI);
    this.pen.setLineDash([2.4, 2.2]);
    this.pen.lineWidth = 1.8;
    this.pen.strokeStyle = colour;
    this.pen.stroke();
    this.pen.setLineDash([]);
  }

  /**
   * @param {Mark} mark
   * @param {number} size
   */
  #drawHalo(mark, size) {
    this.pen.beginPath();
    this.pen.arc(mark.x, mark.y, size * 1.9 + 3, 0, 2 * Math.PI);
    this.pen.lineWidth = 2;
    this.pen.strokeStyle = this.colours?.brand ?? "";
    this.pen.stroke();
  }

  /** @param {Mark} mark */
  #drawTrail(mark) {
    const fixes = this.fleet.tracks.get(mark.id)?.fixes ?? [];
    const now = this.fleet.now;
    const head = this.fleet.tracks.get(mark.id)?.head ?? now;
    const past = fixes.filter((fix) => fix.t <= head && now - fix.t < TRAIL_MS);
    if (!past.length) return;
    const line = new Path2D();
    past.forEach((fix, n) => {
      const { x, y } = this.map.project([fix.lon, fix.lat]);
      if (n) line.lineTo(x, y);
      else line.moveTo(x, y);
    });
    line.lineTo(mark.x, mark.y);
    this.pen.lineWidth = 3;
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.pen.strokeStyle = this.colours?.brand ?? "";
    this.pen.globalAlpha = 0.5;
    this.pen.stroke(line);
    this.pen.globalAlpha = 1;
  }

  /**
   * @param {Mark} mark
   * @param {string} words
   * @param {number} gap
   */
  #write(mark, words, gap) {
    const pen = this.pen;
    pen.font = this.font ?? "";
    pen.textBaseline = "middle";
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = this.colours?.card ?? "";
    pen.strokeText(words, mark.x + gap + 6, mark.y);
    pen.fillStyle = (mark.id === this.selected ? this.colours?.ink : this.colours?.idle) ?? "";
    pen.fillText(words, mark.x + gap + 6, mark.y);
  }

  /** @param {string} id */
  #ageOf(id) {
    const vehicle = this.fleet.vehicles.get(id);
    return vehicle ? formatGap(this.fleet.now - Date.parse(vehicle.occurred_at)) : "";
  }

  /** Draw a count in each cell when there are too many vehicles for single marks. */
  #drawCells() {
    /** @type {Map<string, {x: number, y: number, count: number}>} */
    const cells = new Map();
    for (const { x, y } of this.marks) {
      const key = `${Math.floor(x / CELL_PX)} ${Math.floor(y / CELL_PX)}`;
      const cell = cells.get(key) ?? { x: 0, y: 0, count: 0 };
      cells.set(key, { x: cell.x + x, y: cell.y + y, count: cell.count + 1 });
    }
    this.pen.font = this.font ?? "";
    this.pen.textAlign = "center";
    for (const { x, y, count } of cells.values()) this.#drawCell(x / count, y / count, count);
    this.pen.textAlign = "start";
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} count
   */
  #drawCell(x, y, count) {
    this.pen.beginPath();
    this.pen.arc(x, y, 8 + Math.min(10, Math.sqrt(count)), 0, 2 * Math.PI);
    this.pen.fillStyle = this.colours?.good ?? "";
    this.pen.fill();
    this.pen.fillStyle = this.colours?.card ?? "";
    this.pen.textBaseline = "middle";
    this.pen.fillText(String(count), x, y);
  }
}

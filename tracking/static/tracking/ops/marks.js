/** Shapes of the map's canvas: vehicles by their state, clusters, trail and labels, in the design's colours. */

import { token } from "./map_style.js";

/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {{id: string, state: VehicleState, x: number, y: number, heading: number, radius: number}} Mark */

const ARROW = new Path2D("M0 -1 L0.78 0.92 L0 0.48 L-0.78 0.92 Z");
const DIAMOND = new Path2D("M0 -1.72 L1.72 0 L0 1.72 L-1.72 0 Z");
const OCTAGON = new Path2D("M-0.64 -1.55 H0.64 L1.55 -0.64 V0.64 L0.64 1.55 H-0.64 L-1.55 0.64 V-0.64 Z");
/** Reach of each state's shape, as a multiple of the size of an arrow. */
const REACH = /** @type {Record<VehicleState, number>} */ ({ parked: 0.75, silent: 0.95, no_parcel: 1.1, on_time: 1.1, late: 1.72, failed: 1.72, incident: 1.68 });
/** Colour of a state: token of the line, and token of the inside where the shape has a frame. */
const TONES = /** @type {Record<VehicleState, string>} */ ({ parked: "idle", silent: "idle", no_parcel: "idle", on_time: "good", late: "warn", failed: "warn", incident: "bad" });
const TOKENS = ["good", "warn", "bad", "idle", "good-soft", "warn-soft", "bad-soft", "idle-soft", "card", "ink", "brand"];

/**
 * Return the radius in CSS pixels of the circle that a vehicle's mark fills.
 * @param {VehicleState} state
 * @param {number} size
 */
export function reachOf(state, size) {
  return REACH[state] * size + 1;
}

/** Draws marks on a canvas; a theme change needs new colours. */
export class Painter {
  /** @param {CanvasRenderingContext2D} pen */
  constructor(pen) {
    this.pen = pen;
    this.colours = /** @type {Record<string, string>} */ ({});
    this.font = "";
    this.readColours();
  }

  readColours() {
    this.colours = Object.fromEntries(TOKENS.map((name) => [name, token(`--${name}`)]));
    this.font = `600 11px ${token("--font")}`;
  }

  /**
   * @param {Mark} mark
   * @param {number} size
   * @param {boolean} isHovered
   */
  drawMark(mark, size, isHovered) {
    const { pen, colours } = this;
    pen.save();
    pen.translate(mark.x, mark.y);
    if (isHovered) pen.scale(1.2, 1.2);
    if (mark.state === "silent") this.#ring(size * 0.8, colours.idle);
    else if (mark.state === "parked") this.#dot(size * 0.55, colours.idle);
    else this.#drawMoving(mark, size);
    pen.restore();
  }

  /**
   * @param {Mark} mark
   * @param {number} size
   */
  #drawMoving(mark, size) {
    const { pen, colours } = this;
    const tone = TONES[mark.state];
    pen.scale(size, size);
    if (tone === "warn") this.#frame(DIAMOND, colours["warn-soft"], colours.warn, size);
    if (mark.state === "incident") this.#frame(OCTAGON, colours["bad-soft"], colours.bad, size);
    pen.rotate((mark.heading * Math.PI) / 180);
    const inFrame = tone === "warn" || tone === "bad";
    if (inFrame) pen.scale(0.82, 0.82);
    this.#arrow(colours[tone], inFrame ? null : colours.card, size);
  }

  /**
   * Draw a cluster: its count, in the tone of the vehicle that needs most attention.
   * @param {{x: number, y: number, radius: number}} cluster
   * @param {number} count
   * @param {VehicleState} worst
   */
  drawCluster({ x, y, radius }, count, worst) {
    const { pen, colours } = this;
    const tone = TONES[worst];
    pen.beginPath();
    pen.arc(x, y, radius - 1, 0, 2 * Math.PI);
    pen.fillStyle = colours[`${tone}-soft`];
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = colours[tone];
    pen.stroke();
    pen.font = this.font;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = colours.ink;
    pen.fillText(String(count), x, y + 0.5);
    pen.textAlign = "start";
  }

  /** @param {Path2D} line */
  drawTrail(line) {
    const { pen, colours } = this;
    pen.lineWidth = 3;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = colours.brand;
    pen.globalAlpha = 0.5;
    pen.stroke(line);
    pen.globalAlpha = 1;
  }

  /**
   * @param {Mark} mark
   * @param {string} words
   * @param {number} gap
   * @param {boolean} isChosen
   */
  write(mark, words, gap, isChosen) {
    const { pen, colours } = this;
    pen.font = this.font;
    pen.textBaseline = "middle";
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = colours.card;
    pen.strokeText(words, mark.x + gap + 6, mark.y);
    pen.fillStyle = isChosen ? colours.ink : colours.idle;
    pen.fillText(words, mark.x + gap + 6, mark.y);
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
    this.pen.strokeStyle = this.colours.card;
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
}

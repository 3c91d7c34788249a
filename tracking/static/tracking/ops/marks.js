/** Shapes of the map's canvas: vehicles by their state, clusters, trail and labels, in the design's colours. */

import { token } from "./map_style.js";
import { Sprites } from "./sprites.js";

/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {import("./sprites.js").Sprite} Sprite */
/** @typedef {{id: string, state: VehicleState, x: number, y: number, heading: number, radius: number}} Mark */

const ARROW = new Path2D("M0 -1 L0.78 0.92 L0 0.48 L-0.78 0.92 Z");
const DIAMOND = new Path2D("M0 -1.72 L1.72 0 L0 1.72 L-1.72 0 Z");
const OCTAGON = new Path2D("M-0.64 -1.55 H0.64 L1.55 -0.64 V0.64 L0.64 1.55 H-0.64 L-1.55 0.64 V-0.64 Z");
/** Frames around the arrow of a state. */
const FRAMES = /** @type {Partial<Record<VehicleState, Path2D>>} */ ({ late: DIAMOND, failed: DIAMOND, exception: DIAMOND, incident: OCTAGON });
/** Width of an arrow's edge outside of its reach. */
const EDGE_PX = 1.5;
/** Reach of each state's shape, as a multiple of the size of an arrow. */
const REACH = /** @type {Record<VehicleState, number>} */ ({ parked: 0.75, silent: 0.95, moving: 1.1, on_time: 1.1, late: 1.72, failed: 1.72, exception: 1.72, incident: 1.68 });
/** Colour of a state: token of the line, and token of the inside where the shape has a frame. */
const TONES = /** @type {Record<VehicleState, string>} */ ({ parked: "idle", silent: "idle", moving: "idle", on_time: "good", late: "warn", failed: "warn", exception: "warn", incident: "bad" });
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
    this.sprites = new Sprites();
    /** Pictures of the states' marks in the current size: what stands, and what turns with the heading. */
    this.marks = /** @type {Record<VehicleState, {standing: Sprite | null, turning: Sprite | null}>} */ ({});
    this.size = 0;
    this.colours = /** @type {Record<string, string>} */ ({});
    this.font = "";
    this.readColours();
  }

  readColours() {
    this.colours = Object.fromEntries(TOKENS.map((name) => [name, token(`--${name}`)]));
    this.font = `600 11px ${token("--font")}`;
    this.#renew(this.sprites.ratio);
  }

  /**
   * Begin a new picture with marks of this size, on a canvas with so many pixels for each CSS pixel.
   * @param {number} size
   * @param {number} ratio
   */
  begin(size, ratio) {
    if (ratio !== this.sprites.ratio || this.sprites.isHalfFull) this.#renew(ratio);
    if (size !== this.size) this.#size(size);
    this.rest();
    this.pen.clearRect(0, 0, this.pen.canvas.width, this.pen.canvas.height);
  }

  /** Let the pen draw in CSS pixels again, after copies of pictures. */
  rest() {
    const { ratio } = this.sprites;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** @param {number} ratio */
  #renew(ratio) {
    this.sprites.clear(ratio);
    this.size = 0;
  }

  /** @param {number} size */
  #size(size) {
    this.size = size;
    for (const state of /** @type {VehicleState[]} */ (Object.keys(TONES))) {
      const reach = reachOf(state, size) + EDGE_PX;
      const find = (/** @type {string} */ part, /** @type {(pen: CanvasRenderingContext2D) => void} */ draw) =>
        this.sprites.find(`${state} ${part} ${size}`, reach, draw);
      const hasArrow = state !== "silent" && state !== "parked";
      this.marks[state] = {
        standing: FRAMES[state] || !hasArrow ? find("standing", (pen) => this.#drawStanding(pen, state, size)) : null,
        turning: hasArrow ? find("turning", (pen) => this.#drawTurning(pen, state, size)) : null,
      };
    }
  }

  /**
   * Draw a mark in the size that `begin` was given. The pen is left elsewhere; `rest` brings it back.
   * @param {Mark} mark
   * @param {boolean} isHovered
   */
  drawMark(mark, isHovered) {
    const { standing, turning } = this.marks[mark.state];
    const scale = isHovered ? 1.2 : 1;
    if (standing) this.sprites.copy(this.pen, standing, mark, 0, scale);
    if (turning) this.sprites.copy(this.pen, turning, mark, mark.heading, scale);
  }

  /**
   * Draw a cluster: its count, in the tone of the vehicle that needs most attention. The pen is left elsewhere.
   * @param {{x: number, y: number, radius: number}} cluster
   * @param {number} count
   * @param {VehicleState} worst
   */
  drawCluster(cluster, count, worst) {
    const { x, y, radius } = cluster;
    const { ratio } = this.sprites;
    const tone = TONES[worst];
    const sprite = this.sprites.find(`${tone} ${count}`, radius + 1, (pen) => this.#drawCount(pen, radius, count, tone));
    // Between pixels its count would be blurred.
    const place = { x: Math.round(x * ratio) / ratio, y: Math.round(y * ratio) / ratio };
    if (sprite) this.sprites.copy(this.pen, sprite, place, 0, 1);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {number} radius
   * @param {number} count
   * @param {string} tone
   */
  #drawCount(pen, radius, count, tone) {
    pen.beginPath();
    pen.arc(0, 0, radius - 1, 0, 2 * Math.PI);
    pen.fillStyle = this.colours[`${tone}-soft`];
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = this.colours[tone];
    pen.stroke();
    pen.font = this.font;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = this.colours.ink;
    pen.fillText(String(count), 0, 0.5);
  }

  /**
   * Draw what does not turn: the dot of a parked vehicle, the ring of a silent one, the frame of an arrow.
   * @param {CanvasRenderingContext2D} pen
   * @param {VehicleState} state
   * @param {number} size
   */
  #drawStanding(pen, state, size) {
    const { colours } = this;
    const [shape, tone] = [FRAMES[state], TONES[state]];
    if (!shape) {
      const isSilent = state === "silent";
      pen.beginPath();
      pen.arc(0, 0, size * (isSilent ? 0.8 : 0.55), 0, 2 * Math.PI);
      pen.setLineDash(isSilent ? [2.4, 2.2] : []);
      pen.lineWidth = isSilent ? 1.8 : 3;
      pen.strokeStyle = isSilent ? colours.idle : colours.card;
      pen.stroke();
      pen.setLineDash([]);
      pen.fillStyle = colours.idle;
      if (!isSilent) pen.fill();
      return;
    }
    pen.scale(size, size);
    pen.fillStyle = colours[`${tone}-soft`];
    pen.fill(shape);
    pen.lineWidth = 1.4 / size;
    pen.lineJoin = "round";
    pen.strokeStyle = colours[tone];
    pen.stroke(shape);
  }

  /**
   * Draw an arrow to the north: with an edge, or smaller in a frame.
   * @param {CanvasRenderingContext2D} pen
   * @param {VehicleState} state
   * @param {number} size
   */
  #drawTurning(pen, state, size) {
    const scale = size * (FRAMES[state] ? 0.82 : 1);
    pen.scale(scale, scale);
    pen.lineJoin = "round";
    if (!FRAMES[state]) {
      pen.lineWidth = 3 / size;
      pen.strokeStyle = this.colours.card;
      pen.stroke(ARROW);
    }
    pen.fillStyle = this.colours[TONES[state]];
    pen.fill(ARROW);
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
   * Write beside a mark; beside the chosen one on a plate, so that names of the map do not show through.
   * @param {Mark} mark
   * @param {string} words
   * @param {number} gap
   * @param {boolean} isChosen
   */
  write(mark, words, gap, isChosen) {
    const { pen, colours } = this;
    pen.font = this.font;
    pen.textBaseline = "middle";
    if (isChosen) {
      pen.fillStyle = colours.card;
      pen.beginPath();
      pen.roundRect(mark.x + gap + 2, mark.y - 9, pen.measureText(words).width + 8, 18, 5);
      pen.fill();
    }
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = colours.card;
    pen.strokeText(words, mark.x + gap + 6, mark.y);
    pen.fillStyle = isChosen ? colours.ink : colours.idle;
    pen.fillText(words, mark.x + gap + 6, mark.y);
  }
}

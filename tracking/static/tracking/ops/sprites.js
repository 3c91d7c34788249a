/** Small pictures that are drawn once on a sheet of their own, and copied from it for each mark. */

/** @typedef {{x: number, y: number, reach: number}} Sprite centre on the sheet and reach, in pixels of the sheet */

/** Side of the square of one picture, in CSS pixels; the widest is a cluster. */
const CELL_PX = 48;
const COLUMNS = 16;
const MOST = COLUMNS * COLUMNS;

/** Sheet of pictures by key. They have the resolution of the screen. */
export class Sprites {
  constructor() {
    this.sheet = document.createElement("canvas");
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.sheet.getContext("2d"));
    this.ratio = 1;
    /** @type {Map<string, Sprite>} */
    this.known = new Map();
  }

  /**
   * Forget all pictures; draw new ones with so many pixels for each CSS pixel.
   * @param {number} ratio
   */
  clear(ratio) {
    this.ratio = ratio;
    this.known.clear();
    // Its size clears a canvas, and resets its pen.
    this.sheet.width = this.sheet.height = Math.ceil(COLUMNS * CELL_PX * ratio);
  }

  /** Return whether half of the sheet is used. */
  get isHalfFull() {
    return this.known.size > MOST / 2;
  }

  /**
   * Return the picture with this key, drawn by `draw` around the origin if it is new; null if the sheet is full.
   * @param {string} key
   * @param {number} reach farthest pixel from the origin, in CSS pixels, less than half of a cell
   * @param {(pen: CanvasRenderingContext2D) => void} draw
   * @returns {Sprite | null}
   */
  find(key, reach, draw) {
    const known = this.known.get(key);
    if (known) return known;
    if (this.known.size === MOST) return null;
    const { pen, ratio } = this;
    const side = Math.floor(CELL_PX * ratio);
    const [column, row] = [this.known.size % COLUMNS, Math.floor(this.known.size / COLUMNS)];
    const sprite = { x: (column + 0.5) * side, y: (row + 0.5) * side, reach: Math.ceil(reach * ratio) + 1 };
    pen.setTransform(ratio, 0, 0, ratio, sprite.x, sprite.y);
    draw(pen);
    this.known.set(key, sprite);
    return sprite;
  }

  /**
   * Copy a picture to a place in CSS pixels. The pen keeps the transformation of this copy.
   * @param {CanvasRenderingContext2D} pen
   * @param {Sprite} sprite
   * @param {{x: number, y: number}} place
   * @param {number} degrees clockwise
   * @param {number} scale
   */
  copy(pen, sprite, place, degrees, scale) {
    const { x, y, reach } = sprite;
    const angle = (degrees * Math.PI) / 180;
    const cos = scale * Math.cos(angle);
    const sin = scale * Math.sin(angle);
    pen.setTransform(cos, sin, -sin, cos, place.x * this.ratio, place.y * this.ratio);
    pen.drawImage(this.sheet, x - reach, y - reach, 2 * reach, 2 * reach, -reach, -reach, 2 * reach, 2 * reach);
  }
}

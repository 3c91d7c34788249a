/* The parcel on its lane; `locate` and `split` are the twins of those in tracking/pages/lane_map.py. */

/** @typedef {[number, number]} Point */
/** @typedef {[Point, Point, Point]} Curve */

const SAMPLES = 60;
const GLIDE_MS = 900;

/** @param {Point} a @param {Point} b @param {number} part @returns {Point} */
const mix = (a, b, part) => [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
/** @param {Curve} curve @param {number} part */
const on = ([start, bend, end], part) => mix(mix(start, bend, part), mix(bend, end, part), part);
/** @param {number} value */
export const number = (value) => String(Math.floor(value * 10 + 0.5) / 10);
/** @param {Point} point */
const write = (point) => point.map(number).join(" ");

/** How far along the curve (0 to 1) the nearest point lies. @param {Curve} curve @param {Point} point */
const locate = (curve, point) => {
  let best = 0;
  let nearest = Infinity;
  let before = on(curve, 0);
  for (let index = 0; index < SAMPLES; index += 1) {
    const after = on(curve, (index + 1) / SAMPLES);
    const [dx, dy] = [after[0] - before[0], after[1] - before[1]];
    const square = dx * dx + dy * dy;
    const along = square ? ((point[0] - before[0]) * dx + (point[1] - before[1]) * dy) / square : 0;
    const part = Math.min(1, Math.max(0, along));
    const [x, y] = mix(before, after, part);
    const distance = (x - point[0]) ** 2 + (y - point[1]) ** 2;
    if (distance < nearest) [best, nearest] = [(index + part) / SAMPLES, distance];
    before = after;
  }
  return best;
};

/** @param {Curve} curve @param {number} part */
const split = ([start, bend, end], part) => {
  const [left, right] = [mix(start, bend, part), mix(bend, end, part)];
  const middle = mix(left, right, part);
  const draw = (/** @type {Point} */ a, /** @type {Point} */ b, /** @type {Point} */ c) =>
    `M${write(a)}Q${write(b)} ${write(c)}`;
  return { done: draw(start, left, middle), rest: draw(middle, right, end), dot: write(middle) };
};

/** @param {string} text */
const numbers = (text) => text.split(" ").map(Number);

/**
 * The map's moving parts. The parcel glides to where it is now, or stands there at once.
 * @param {HTMLElement} map @returns {(lat: number, lon: number) => number} moves the parcel; the part done, 0 to 1
 */
export const openLane = (map) => {
  const [ax, ay, bx, by, cx, cy] = numbers(map.dataset.curve ?? "");
  const [zeroX, zeroY, scale] = numbers(map.dataset.zero ?? "");
  /** @type {Curve} */
  const curve = [[ax, ay], [bx, by], [cx, cy]];
  const [done, rest, dot] = [".done-part", ".rest", ".dot"].map((name) => map.querySelector(name));
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let shown = -1;
  let move = 0;

  const show = (/** @type {number} */ part) => {
    const drawn = split(curve, part);
    shown = part;
    done?.setAttribute("d", drawn.done);
    rest?.setAttribute("d", drawn.rest);
    dot?.setAttribute("transform", `translate(${drawn.dot})`);
  };

  return (lat, lon) => {
    const northing = (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
    const goal = locate(curve, [zeroX + lon * scale, zeroY - northing * scale]);
    cancelAnimationFrame(move);
    if (shown < 0 || still.matches || document.hidden) {
      show(goal);
      return goal;
    }
    const from = shown;
    const started = performance.now();
    const step = (/** @type {number} */ time) => {
      const part = Math.min(1, (time - started) / GLIDE_MS);
      show(from + (goal - from) * (1 - (1 - part) ** 3));
      if (part < 1) move = requestAnimationFrame(step);
    };
    move = requestAnimationFrame(step);
    return goal;
  };
};

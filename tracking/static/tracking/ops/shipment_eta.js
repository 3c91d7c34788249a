/** Chart of the ETA history: a band from the earliest to the latest arrival, its middle, and the promise. */

import { token } from "./map_style.js";

/**
 * @typedef {{at: number[], from: number[], middle: number[], to: number[], promised: [number, number] | null,
 *   ended: number | null}} History times in epoch seconds
 */

const HEIGHT = 260;
const NARROW = 560;
/** Width of the longest label of a time, such as `Wed 25, 10:45`, in px. */
const LABEL = 92;
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
/** Steps between the labels of times, in seconds. */
const STEPS = [
  ...[1, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
];
/** Seconds by which the Indian clock is ahead of UTC. */
const AHEAD = 5.5 * HOUR;
const DAY_AND_CLOCK = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata",
  weekday: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** @param {number} seconds */
function formatTime(seconds) {
  return DAY_AND_CLOCK.format(new Date(seconds * 1000));
}

/**
 * Return the times with labels: whole steps of the Indian clock.
 * @param {any} _plot
 * @param {number} _axis
 * @param {number} low
 * @param {number} high
 * @param {number} step
 */
function listTimes(_plot, _axis, low, high, step) {
  const first = Math.ceil((low + AHEAD) / step) * step - AHEAD;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, n) => first + n * step);
}

/**
 * Fill the band of the promise behind the lines.
 * @param {any} plot
 * @param {[number, number] | null} promised
 */
function drawPromise(plot, promised) {
  if (!promised) return;
  const [top, bottom] = [plot.valToPos(promised[1], "y", true), plot.valToPos(promised[0], "y", true)];
  const { left, width, top: boxTop, height } = plot.bbox;
  const clipped = [Math.max(top, boxTop), Math.min(bottom, boxTop + height)];
  if (clipped[1] <= clipped[0]) return;
  plot.ctx.save();
  plot.ctx.fillStyle = token("--info-soft");
  plot.ctx.fillRect(left, clipped[0], width, Math.max(clipped[1] - clipped[0], 2));
  plot.ctx.restore();
}

/** @param {History} history */
function findRange(history) {
  const values = [...history.from, ...history.to, ...(history.promised ?? []), ...(history.ended ? [history.ended] : [])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max((high - low) * 0.08, 600);
  return [low - margin, high + margin];
}

/**
 * @param {any} library
 * @param {HTMLElement} place
 * @param {History} history
 */
function draw(library, place, history) {
  const width = place.clientWidth;
  const stepped = library.paths.stepped({ align: 1 });
  const [brand, muted, grid] = [token("--brand"), token("--muted"), token("--line")];
  const line = { stroke: brand, paths: stepped, points: { show: false } };
  const font = "12px system-ui, sans-serif";
  const values = (/** @type {any} */ _plot, /** @type {number[]} */ times) => times.map(formatTime);
  const lines = { grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const axis = { stroke: muted, font, ...lines, incrs: STEPS, splits: listTimes, values };
  const space = width < NARROW ? 110 : 140;
  const options = {
    width,
    height: HEIGHT,
    // Half of the last label is right of its tick.
    padding: [null, LABEL / 2, null, null],
    cursor: { y: false, drag: { setScale: false } },
    legend: { live: false, show: false },
    scales: { x: { time: true }, y: { range: () => findRange(history) } },
    axes: [
      { ...axis, space },
      { ...axis, size: width < NARROW ? 92 : 104, space: 44 },
    ],
    series: [
      {},
      { ...line, label: "Earliest", width: 1 },
      { ...line, label: "Latest", width: 1 },
      { ...line, label: "Middle", width: 2 },
    ],
    bands: [{ series: [2, 1], fill: token("--good-soft") }],
    hooks: { drawAxes: [(/** @type {any} */ plot) => drawPromise(plot, history.promised)] },
  };
  return new library(options, [history.at, history.from, history.to, history.middle], place);
}

/**
 * Draw the chart, and again in another theme or width.
 * @param {HTMLElement} place
 * @param {History} history
 */
export function showEta(place, history) {
  const library = /** @type {any} */ (globalThis).uPlot;
  if (!library) return;
  let plot = draw(library, place, history);
  const redraw = () => {
    plot.destroy();
    plot = draw(library, place, history);
  };
  document.addEventListener("themechange", redraw);
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    redraw();
  }).observe(place);
  place.dataset.drawn = "";
}

/* The vehicle near the door's area; the twin of tracking/pages/near_map.py. */

import { number } from "./lane.js";
import { say } from "./words.js";

/** @typedef {{lat: number, lon: number, occurred_at: string, stops_ahead: number, door: {lat: number, lon: number}}} Near */

const [CENTRE_X, CENTRE_Y] = [320, 108];
const RINGS_KM = [1, 2, 5];
const RING_PX = 84;
const EDGE_PX = 92;
const LABELLED_FROM_PX = 24;
const KM_PER_DEGREE = 111.2;

/** From the door to the vehicle: kilometres east, kilometres north. @param {Near} near @returns {[number, number]} */
const stepOf = ({ lat, lon, door }) => [
  (lon - door.lon) * KM_PER_DEGREE * Math.cos((door.lat * Math.PI) / 180),
  (lat - door.lat) * KM_PER_DEGREE,
];

/** @param {Near} near */
export const drawNear = (near) => {
  const [east, north] = stepOf(near);
  const km = Math.hypot(east, north);
  const scale = RING_PX / (RINGS_KM.find((ring) => km <= ring) ?? 5);
  const shrink = km ? Math.min(1, EDGE_PX / (km * scale)) : 1;
  const [x, y] = [number(CENTRE_X + east * scale * shrink), number(CENTRE_Y - north * scale * shrink)];
  return { scale, dot: `${x} ${y}`, way: `M${x} ${y}L${CENTRE_X} ${CENTRE_Y}`, words: sayNear(near) };
};

/** @param {Near} near */
export const sayNear = (near) => {
  const n = near.stops_ahead;
  const stops = say(n < 2 ? `near.stops.${n}` : "near.stops", { n });
  return say("near.text", { stops, distance: sayDistance(Math.hypot(...stepOf(near))) });
};

/** In steps of 100 m: the position says no more. @param {number} km */
const sayDistance = (km) => {
  const hundreds = Math.max(1, Math.floor(km * 10 + 0.5));
  return hundreds < 10 ? say("near.metres", { n: hundreds * 100 }) : say("near.km", { n: (hundreds / 10).toFixed(1) });
};

/** Put the vehicle where it is now. @param {HTMLElement} map @param {Near} near */
export const moveVehicle = (map, near) => {
  const drawn = drawNear(near);
  for (const ring of /** @type {NodeListOf<SVGElement>} */ (map.querySelectorAll(".ring"))) {
    const px = Number(ring.dataset.km) * drawn.scale;
    ring.querySelector("circle")?.setAttribute("r", number(px));
    const label = /** @type {Element} */ (ring.querySelector("text"));
    label.setAttribute("y", number(CENTRE_Y - px + 4));
    label.setAttribute("visibility", px >= LABELLED_FROM_PX ? "visible" : "hidden");
  }
  map.querySelector(".dot")?.setAttribute("transform", `translate(${drawn.dot})`);
  map.querySelector(".rest")?.setAttribute("d", drawn.way);
  /** @type {Element} */ (map.querySelector(".stops")).textContent = drawn.words;
  /** @type {Element} */ (map.querySelector("desc")).textContent = say("near.told", { near: drawn.words });
};

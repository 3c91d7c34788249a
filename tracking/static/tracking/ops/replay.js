/** Replay of a day on the map: play, pause, speed, slider, events. Positions come from the stored events. */

import { around, canDrawMap, makeMap } from "./fleet_map.js";
import { token } from "./map_style.js";
import { find, makeRow } from "./panels.js";
import { Playhead, findIndex, positionAt } from "./replay_track.js";
import { formatClock } from "./times.js";

/** @typedef {import("./replay_track.js").Point} Point */
/** @typedef {{at: number, text: string, icon: string, tone: string, shipment: string}} Mark */
/** @typedef {{points: Point[], marks: Mark[], is_cut: boolean}} Track */

const root = /** @type {HTMLElement} */ (find("replay"));
const note = /** @type {HTMLElement} */ (find("replay-note"));
const slider = /** @type {HTMLInputElement} */ (find("replay-slider"));
const playButton = /** @type {HTMLButtonElement} */ (find("replay-play"));
const speed = /** @type {HTMLSelectElement} */ (find("replay-speed"));
const follow = /** @type {HTMLInputElement} */ (find("replay-follow"));
const clock = /** @type {HTMLElement} */ (find("replay-time"));
/** A longer pause between two frames does not count: the page was hidden. */
const MAX_FRAME_MS = 250;
const PADDING_PX = 40;
/** Space around the track: some 200 m, so that a vehicle that stands is not shown at the nearest zoom. */
const SPACE_DEGREES = 0.002;
/** The track is exact to some metres, however rough our own shapes beneath it are. */
const MAX_ZOOM = 15;

/** @param {string} words */
function say(words) {
  note.hidden = !words;
  const text = note.querySelector("span");
  if (text) text.textContent = words;
}

/**
 * @param {Track} track
 * @param {(time: number) => void} go
 */
function showMarks(track, go) {
  const list = find("replay-marks");
  find("replay-events")?.toggleAttribute("hidden", track.marks.length === 0);
  for (const mark of track.marks) {
    const row = makeRow("mark");
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(`[data-part="${name}"]`));
    part("at").textContent = formatClock(new Date(mark.at));
    part("at").setAttribute("datetime", new Date(mark.at).toISOString());
    part("text").textContent = mark.text;
    part("shipment").textContent = mark.shipment;
    row.querySelector(".pill")?.classList.add(mark.tone);
    row.querySelector("use")?.setAttribute("href", `#i-${mark.icon}`);
    part("go").addEventListener("click", () => go(mark.at));
    list?.append(row);
  }
}

/** @param {Point[]} points */
function makeLine(points) {
  const coordinates = points.map(([, lat, lon]) => [lon, lat]);
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } };
}

/**
 * @param {any} map
 * @param {Point[]} points
 */
function drawTrack(map, points) {
  map.addSource("replay", { type: "geojson", data: makeLine(points) });
  map.addSource("replayed", { type: "geojson", data: makeLine(points.slice(0, 1)) });
  const layout = { "line-cap": "round", "line-join": "round" };
  map.addLayer({ id: "replay", type: "line", source: "replay", layout, paint: { "line-width": 2, "line-opacity": 0.5 } });
  map.addLayer({ id: "replayed", type: "line", source: "replayed", layout, paint: { "line-width": 4 } });
  const paint = () => {
    map.setPaintProperty("replay", "line-color", token("--muted"));
    map.setPaintProperty("replayed", "line-color", token("--brand"));
  };
  paint();
  document.addEventListener("themechange", paint);
}

/** @param {Track} track */
async function openMap(track) {
  if (!canDrawMap()) return null;
  find("replay-map")?.removeAttribute("hidden");
  const ground = /** @type {HTMLElement} */ (find("replay-ground"));
  const bounds = around(track.points.map(([, lat, lon]) => ({ lat, lon })), SPACE_DEGREES);
  const { map, credit } = await makeMap(root, ground, bounds, () => PADDING_PX, MAX_ZOOM);
  const place = find("credit");
  if (place) place.textContent = credit;
  // A tour through one town is drawn as large as the map allows, not as the fleet is; nothing is under the credit.
  const bottom = PADDING_PX + (place?.parentElement?.offsetHeight ?? 0);
  const padding = { top: PADDING_PX, right: PADDING_PX, bottom, left: PADDING_PX };
  map.fitBounds(bounds, { padding, duration: 0 });
  drawTrack(map, track.points);
  const library = await import(root.dataset.maplibre ?? "");
  const dot = document.createElement("div");
  dot.className = "replay-dot";
  const [, lat, lon] = track.points[0];
  const marker = new library.Marker({ element: dot }).setLngLat([lon, lat]).addTo(map);
  dot.setAttribute("aria-hidden", "true");
  dot.removeAttribute("role");
  dot.removeAttribute("tabindex");
  return { map, marker };
}

/** @param {Track} track */
async function start(track) {
  const { points } = track;
  const head = new Playhead(points[0][0], points[points.length - 1][0]);
  slider.min = String(head.first);
  slider.max = String(head.last);
  slider.step = "1000";
  const view = await openMap(track);
  say(track.is_cut ? "The day has more positions than are read: its end is missing." : view ? "" : "This browser cannot draw the map.");
  find("replay-controls")?.removeAttribute("hidden");
  let drawnTo = -1;

  const show = () => {
    const place = positionAt(points, head.time);
    slider.value = String(head.time);
    clock.textContent = formatClock(new Date(head.time));
    slider.setAttribute("aria-valuetext", `${clock.textContent}${place.isSilent ? ", no report" : ""}`);
    playButton.textContent = head.isPlaying ? "Pause" : "Play";
    playButton.setAttribute("aria-pressed", String(head.isPlaying));
    root.dataset.at = `${place.lat.toFixed(5)},${place.lon.toFixed(5)}`;
    if (!view) return;
    view.marker.setLngLat([place.lon, place.lat]);
    const index = findIndex(points, head.time);
    if (index !== drawnTo) view.map.getSource("replayed").setData(makeLine(points.slice(0, index + 1)));
    drawnTo = index;
    if (follow.checked && head.isPlaying && !view.map.getBounds().contains([place.lon, place.lat])) {
      view.map.jumpTo({ center: [place.lon, place.lat] });
    }
  };
  let before = 0;
  const tick = (/** @type {number} */ now) => {
    head.advance(before ? Math.min(now - before, MAX_FRAME_MS) : 0);
    before = now;
    show();
    if (head.isPlaying) requestAnimationFrame(tick);
    else before = 0;
  };
  const toggle = () => {
    if (head.isPlaying) head.isPlaying = false;
    else head.play();
    if (head.isPlaying) requestAnimationFrame(tick);
    show();
  };
  const go = (/** @type {number} */ time) => {
    head.seek(time);
    show();
  };
  head.speed = Number(speed.value);
  speed.addEventListener("change", () => (head.speed = Number(speed.value)));
  playButton.addEventListener("click", toggle);
  slider.addEventListener("input", () => go(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle();
  });
  showMarks(track, go);
  show();
}

async function load() {
  try {
    const answer = await fetch(root.dataset.track ?? "", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const track = /** @type {Track} */ (await answer.json());
    if (track.points.length) await start(track);
    else {
      say("No position was reported on this day.");
      showMarks(track, () => {});
    }
  } catch {
    say("The day cannot be read now. Load the page again.");
  }
}

load();

/** Drawer of the selected vehicle: its current state, what it carries, and the shipment it was last scanned with. */

import { find, makeRow, setTone, write } from "./panels.js";
import { formatHeard } from "./times.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */
/** @typedef {{name: "load" | "brief", address: string | null, key: string}} Part `key`: what it depends on */

const POINTS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
/** Stops and incidents change without a frame about the vehicle. */
const READ_EVERY_MS = 15000;
/** Height of the bar, which covers what is scrolled behind it. */
const BAR_PX = 56;

/** Show the selected vehicle: its state on each frame; its parts are fetched when they may have changed. */
export class Drawer {
  /**
   * @param {Fleet} fleet
   * @param {import("./panels.js").Words} words
   * @param {{shipments: string, panel: string, onClose: () => void, onFollow: (on: boolean) => void}} options
   *   `panel`: address of the load, with `VEHICLE` for the id
   */
  constructor(fleet, words, options) {
    this.fleet = fleet;
    this.words = words;
    this.options = options;
    this.place = /** @type {HTMLElement} */ (find("drawer"));
    /** @type {string | null} */
    this.vehicleId = null;
    /** @type {Map<string, string>} */
    this.shown = new Map();
    this.place.addEventListener("click", (event) => this.#onClick(event));
  }

  /** @param {string | null} vehicleId */
  show(vehicleId) {
    this.vehicleId = vehicleId;
    this.shown.clear();
    this.place.hidden = vehicleId === null;
    if (vehicleId === null) return;
    this.place.replaceChildren(makeRow("drawer"));
    this.update();
  }

  /** Move the page to the panel and give it the focus, unless its head is in the upper half of the window. */
  reveal() {
    const { top } = this.place.getBoundingClientRect();
    if (top >= BAR_PX && top < innerHeight / 2) return;
    this.place.scrollIntoView({ block: "start" });
    this.place.focus({ preventScroll: true });
  }

  update() {
    if (this.vehicleId === null) return;
    const vehicle = this.fleet.vehicles.get(this.vehicleId);
    const style = this.words.states[this.fleet.stateOf(this.vehicleId)];
    write(this.place, "vehicle", this.vehicleId);
    setTone(write(this.place, "state", vehicle ? style.text : "Unknown"), vehicle ? style.tone : "idle");
    write(this.place, "speed", vehicle?.speed_kmh == null ? "–" : `${Math.round(vehicle.speed_kmh)} km/h`);
    write(this.place, "heading", vehicle?.heading == null ? "–" : nameHeading(vehicle.heading));
    write(this.place, "heard", vehicle ? formatHeard(this.fleet.now - vehicle.heard) : "–");
    write(this.place, "position", vehicle ? `${vehicle.lat.toFixed(4)}, ${vehicle.lon.toFixed(4)}` : "–");
    const [shipmentId, status] = [vehicle?.shipment_id ?? null, vehicle?.status ?? null];
    const brief = shipmentId && `${this.options.shipments}${encodeURIComponent(shipmentId)}/brief`;
    const load = this.options.panel.replace("VEHICLE", encodeURIComponent(this.vehicleId));
    const round = Math.floor(Date.now() / READ_EVERY_MS);
    this.#read({ name: "load", address: load, key: `${this.vehicleId} ${shipmentId} ${status} ${round}` });
    this.#read({ name: "brief", address: brief, key: `${this.vehicleId} ${shipmentId} ${status}` });
  }

  /** @param {Part} part */
  async #read({ name, address, key }) {
    const place = /** @type {HTMLElement | null} */ (this.place.querySelector(`[data-${name}]`));
    if (!place || this.shown.get(name) === key) return;
    this.shown.set(name, key);
    place.hidden = address === null;
    if (address === null) return;
    let parts;
    try {
      const answer = await fetch(address);
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      parts = [...new DOMParser().parseFromString(await answer.text(), "text/html").body.children];
    } catch {
      parts = [note(name === "load" ? "What is aboard cannot be shown right now." : "The shipment cannot be shown right now.")];
    }
    if (this.shown.get(name) === key) replace(place, parts);
  }

  /** @param {Event} event */
  #onClick(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-close]")) this.options.onClose();
    const follow = target?.closest("[data-follow]");
    if (!follow) return;
    const on = follow.getAttribute("aria-pressed") !== "true";
    follow.setAttribute("aria-pressed", String(on));
    this.options.onFollow(on);
  }
}

/**
 * Replace the content if it differs, so that focus and selected text stay where nothing has changed.
 * @param {HTMLElement} place
 * @param {Element[]} parts
 */
function replace(place, parts) {
  const html = (/** @type {Iterable<Element>} */ nodes) => [...nodes].map((node) => node.outerHTML).join("");
  if (html(place.children) !== html(parts)) place.replaceChildren(...parts);
}

/** @param {number} heading */
function nameHeading(heading) {
  return `${POINTS[Math.round(heading / 45) % 8]}, ${Math.round(heading)}°`;
}

/** @param {string} words */
function note(words) {
  const line = document.createElement("p");
  line.className = "muted";
  line.textContent = words;
  return line;
}

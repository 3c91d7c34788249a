/** Drawer of the selected vehicle: its current state, and the shipment it was last scanned with. */

import { find, makeRow, setTone, write } from "./panels.js";
import { formatGap } from "./times.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */

const POINTS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];

/** Show the selected vehicle: its state on each frame; its shipment is fetched when that changes. */
export class Drawer {
  /**
   * @param {Fleet} fleet
   * @param {import("./panels.js").Words} words
   * @param {{shipments: string, onClose: () => void, onFollow: (on: boolean) => void}} options
   */
  constructor(fleet, words, options) {
    this.fleet = fleet;
    this.words = words;
    this.options = options;
    this.place = /** @type {HTMLElement} */ (find("drawer"));
    /** @type {string | null} */
    this.vehicleId = null;
    /** @type {string | null} */
    this.briefOf = null;
    this.place.addEventListener("click", (event) => this.#onClick(event));
  }

  /** @param {string | null} vehicleId */
  show(vehicleId) {
    this.vehicleId = vehicleId;
    this.briefOf = null;
    this.place.hidden = vehicleId === null;
    if (vehicleId === null) return;
    this.place.replaceChildren(makeRow("drawer"));
    this.update();
  }

  update() {
    if (this.vehicleId === null) return;
    const vehicle = this.fleet.vehicles.get(this.vehicleId);
    const style = this.words.states[this.fleet.stateOf(this.vehicleId)];
    write(this.place, "vehicle", this.vehicleId);
    setTone(write(this.place, "state", vehicle ? style.text : "Unknown"), vehicle ? style.tone : "idle");
    write(this.place, "speed", vehicle?.speed_kmh == null ? "–" : `${Math.round(vehicle.speed_kmh)} km/h`);
    write(this.place, "heading", vehicle?.heading == null ? "–" : nameHeading(vehicle.heading));
    write(this.place, "heard", vehicle ? `${formatGap(this.fleet.now - Date.parse(vehicle.occurred_at))} ago` : "–");
    write(this.place, "position", vehicle ? `${vehicle.lat.toFixed(4)}, ${vehicle.lon.toFixed(4)}` : "–");
    this.#loadBrief(vehicle?.shipment_id ?? null, vehicle?.status ?? null);
  }

  /**
   * @param {string | null} shipmentId
   * @param {string | null} status
   */
  async #loadBrief(shipmentId, status) {
    const place = this.place.querySelector("[data-brief]");
    const wanted = `${shipmentId} ${status}`;
    if (!place || this.briefOf === wanted) return;
    this.briefOf = wanted;
    if (!shipmentId) {
      place.replaceChildren(note("No parcel was scanned on board yet."));
      return;
    }
    try {
      const answer = await fetch(`${this.options.shipments}${encodeURIComponent(shipmentId)}/brief`);
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (this.briefOf === wanted) place.replaceChildren(...page.body.children);
    } catch {
      place.replaceChildren(note(`The shipment ${shipmentId} cannot be shown right now.`));
    }
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

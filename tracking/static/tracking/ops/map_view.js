/** The map with its vehicles between the panels: loading, pointer, camera, and the list of a cluster. */

import { keepPlace, readPlace } from "./fleet_address.js";
import { around, fit, makeMap } from "./fleet_map.js";
import { Overlay } from "./overlay.js";
import { find } from "./panels.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */
/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/**
 * @typedef {{fleet: Fleet, trail: import("./trail.js").Trail, describe: (vehicleId: string) => string,
 *   admits: (vehicleId: string, state: VehicleState) => boolean, onSelect: (vehicleId: string | null) => void,
 *   onDrag: () => void}} MapOptions
 */

/** Free space around the selected vehicle, in CSS pixels. */
const FREE_PX = 24;
/** From this width on the rail is beside the map; below it, it lies over its lower edge. */
const WIDE_PX = 1024;
/** Zoom from which the trail of one vehicle is a line that can be followed. */
const NEAR_ZOOM = 10;
const LISTED = 12;
const MEMBERS_PX = { width: 240, height: 280 };

/** Map of the fleet page; nothing happens until it is loaded. */
export class MapView {
  /**
   * @param {HTMLElement} root
   * @param {MapOptions} options
   */
  constructor(root, options) {
    this.root = root;
    this.options = options;
    this.fleet = options.fleet;
    /** @type {{map: any, overlay: Overlay, hubs: {lat: number, lon: number}[]} | null} */
    this.ground = null;
    /** @type {string | null} */
    this.selected = null;
    /** Whether to go to the selected vehicle once the map is shown. */
    this.isDue = false;
    /** Zoom of the move that is under way to the selected vehicle. @type {number | null} */
    this.nearing = null;
    this.members = /** @type {HTMLElement} */ (find("map-members"));
  }

  async load() {
    const place = /** @type {HTMLElement} */ (find("map-ground"));
    const known = readPlace();
    const made = await makeMap(this.root, place, known ?? this.#bounds([]), () => this.padding());
    const overlay = new Overlay(/** @type {HTMLCanvasElement} */ (find("map-overlay")), {
      ...this.options,
      map: made.map,
      ring: /** @type {HTMLElement} */ (find("map-selected")),
    });
    this.ground = { map: made.map, hubs: made.hubs, overlay };
    const credit = find("credit");
    if (credit) credit.textContent = made.credit;
    find("map-controls")?.removeAttribute("hidden");
    this.#listen(made.map, overlay);
    this.select(this.selected);
    new ResizeObserver(() => this.keepInSight()).observe(/** @type {HTMLElement} */ (find("drawer")));
    if (this.isDue) this.approach(0);
    this.root.dataset.mapReady = "";
  }

  /** Return the padding that the panels cover, so that nothing important lies beneath them. */
  padding() {
    const box = this.root.getBoundingClientRect();
    const shown = (/** @type {string} */ name) => {
      const place = find(name);
      return place && place.offsetParent !== null ? place.getBoundingClientRect() : null;
    };
    const [rail, kpis] = [shown("rail"), shown("kpis")];
    const wide = box.width >= WIDE_PX;
    const low = shown("drawer") ?? (wide ? null : (shown("ticker") ?? rail));
    return {
      top: Math.max(FREE_PX, (kpis?.bottom ?? box.top) - box.top + FREE_PX),
      right: wide && rail ? box.right - rail.left + 40 : 40,
      bottom: low ? Math.min(box.height / 2, box.bottom - low.top + FREE_PX) : 56,
      left: 40,
    };
  }

  /** @param {string | null} vehicleId */
  select(vehicleId) {
    this.selected = vehicleId;
    this.#closeMembers();
    if (!this.ground) return;
    this.ground.overlay.selected = vehicleId;
    this.ground.overlay.redraw();
    this.keepInSight();
  }

  /** Move the map if the selected vehicle is under a panel or out of sight. */
  keepInSight() {
    const spot = this.#spot();
    if (!this.ground || !spot) return;
    const { x, y } = this.ground.map.project([spot.lon, spot.lat]);
    const { clientWidth, clientHeight } = this.ground.map.getContainer();
    const { top, right, bottom, left } = this.padding();
    if (x < left || y < top || x > clientWidth - right || y > clientHeight - bottom) this.centre(400);
  }

  /**
   * Go to the selected vehicle, near enough to see its trail; later if the map is not shown yet.
   * @param {number} [duration] ms
   */
  approach(duration = 900) {
    const map = this.ground?.map;
    this.isDue = !map || map.getContainer().offsetParent === null;
    if (this.isDue || !this.#spot()) return;
    this.nearing = Math.max(map.getZoom(), NEAR_ZOOM);
    this.centre(duration);
  }

  /**
   * Move the selected vehicle to the middle of what the panels leave free.
   * @param {number} [duration] ms
   */
  centre(duration = 900) {
    const spot = this.#spot();
    if (!this.ground || !spot) return;
    const { top, right, bottom, left } = this.padding();
    const offset = [(left - right) / 2, (top - bottom) / 2];
    const zoom = this.nearing ?? this.ground.map.getZoom();
    this.ground.map.easeTo({ center: [spot.lon, spot.lat], zoom, offset, duration, easing: (/** @type {number} */ t) => t });
  }

  /** Show all vehicles that the filters admit, and the hubs. */
  fit() {
    if (this.ground) fit(this.ground.map, this.#bounds(this.ground.hubs), this.padding());
  }

  /** @param {number} by */
  zoom(by) {
    this.ground?.map[by > 0 ? "zoomIn" : "zoomOut"]();
  }

  redraw() {
    this.ground?.overlay.redraw();
  }

  resize() {
    this.ground?.map.resize();
    if (this.isDue) this.approach(0);
    else this.keepInSight();
  }

  #spot() {
    return this.selected === null ? undefined : this.fleet.tracks.get(this.selected)?.at(this.fleet.now);
  }

  /** @param {{lat: number, lon: number}[]} more */
  #bounds(more) {
    const ids = [...this.fleet.vehicles.keys()].filter((id) => this.options.admits(id, this.fleet.stateOf(id)));
    return around([...ids.flatMap((id) => this.fleet.vehicles.get(id) ?? []), ...more]);
  }

  /**
   * @param {any} map
   * @param {Overlay} overlay
   */
  #listen(map, overlay) {
    const tip = /** @type {HTMLElement} */ (find("map-tip"));
    map.on("click", (/** @type {any} */ event) => this.#onClick(overlay.findAt(event.point), event.point));
    map.on("dragstart", () => this.options.onDrag());
    map.on("movestart", () => this.#closeMembers());
    map.on("moveend", () => {
      this.nearing = null;
      const { lat, lng } = map.getCenter();
      keepPlace({ lat, lon: lng, zoom: map.getZoom() });
    });
    map.on("mousemove", (/** @type {any} */ event) => {
      const ids = overlay.findAt(event.point);
      const hovered = ids.length === 1 ? ids[0] : null;
      map.getCanvas().style.cursor = ids.length ? "pointer" : "";
      tip.hidden = !ids.length;
      if (ids.length) {
        tip.textContent = hovered === null ? `${ids.length} vehicles` : this.options.describe(hovered);
        tip.style.transform = `translate(${event.point.x + 14}px, ${event.point.y + 14}px)`;
      }
      if (overlay.hovered !== hovered) overlay.redraw();
      overlay.hovered = hovered;
    });
    map.on("mouseout", () => {
      tip.hidden = true;
    });
  }

  /**
   * Select a vehicle, or go nearer to a cluster; at the nearest zoom list its vehicles.
   * @param {string[]} ids
   * @param {{x: number, y: number}} point
   */
  #onClick(ids, point) {
    const map = this.ground?.map;
    this.#closeMembers();
    if (ids.length <= 1) this.options.onSelect(ids[0] ?? null);
    else if (map.getZoom() < map.getMaxZoom() - 0.1) map.easeTo({ center: map.unproject(point), zoom: map.getZoom() + 2 });
    else this.#openMembers(ids, point);
  }

  /**
   * @param {string[]} ids
   * @param {{x: number, y: number}} point
   */
  #openMembers(ids, point) {
    const { clientWidth, clientHeight } = this.ground?.map.getContainer();
    const rows = [...ids].sort().slice(0, LISTED).map((id) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.dataset.locate = id;
      button.textContent = id;
      const row = document.createElement("li");
      row.append(button);
      return row;
    });
    if (ids.length > LISTED) {
      const more = document.createElement("li");
      more.className = "muted";
      more.textContent = `and ${ids.length - LISTED} more: filter them, or use the table`;
      rows.push(more);
    }
    this.members.replaceChildren(...rows);
    this.members.hidden = false;
    const x = Math.max(8, Math.min(point.x + 12, clientWidth - MEMBERS_PX.width));
    const y = Math.max(8, Math.min(point.y + 12, clientHeight - MEMBERS_PX.height));
    this.members.style.transform = `translate(${x}px, ${y}px)`;
  }

  #closeMembers() {
    this.members.hidden = true;
  }
}

/** State of the fleet: vehicles with their tracks, open incidents, the newest changes. */

import { Track } from "./glide.js";

/**
 * @typedef {{vehicle_id: string, lat: number, lon: number, heading: number | null, speed_kmh: number | null,
 *   occurred_at: string, shipment_id: string | null, status: string | null, is_delayed: boolean | null,
 *   aboard: ParcelMark | null, worst_parcel: Carried | null, worst: ParcelMark | null, carried: Carried,
 *   heard: number}} Vehicle `heard`: the reported time in ms; `aboard` and `worst_parcel`: of the worst parcel on its
 *   run; `worst` and `carried`: of this one and of the parcel that it reports
 * @typedef {{shipment_id: string | null, status: string | null, more: number}} Carried `more`: other parcels aboard
 * @typedef {{id: number, code: string, severity: string, subject: string, shipment_id: string | null,
 *   vehicle_id: string | null, hubs: string[], partner: string | null, why: string, owner: string, opened_at: string, due_at: string,
 *   resolved_at: string | null, snoozed_until: string | null}} Incident
 * @typedef {{incident: Incident, pressure: number, tone: string, age: number, left: number}} Symptom
 * @typedef {{change_id: string, type: string, shipment_id: string, status: string | null,
 *   occurred_at: string, place?: string | null, happened?: number, ahead?: number}} Change
 * @typedef {{read_until: string | null, shards: number, stopped: number}} Progress of reading the stream
 * @typedef {"exception" | "failed" | "late" | "on_time"} ParcelMark
 * @typedef {"incident" | "exception" | "failed" | "late" | "silent" | "parked" | "on_time" | "moving"} VehicleState
 * @typedef {{type: string, at: string, vehicles?: Vehicle[], incidents?: Incident[], changes?: Change[],
 *   kpis?: Record<string, number | null>, stream?: Progress | null}} Frame
 */

const SILENT_MS = 10 * 60 * 1000;
const MOVING_FROM_KMH = 2;
const CHANGES_KEPT = 12;
const WEIGHTS = /** @type {Record<string, number>} */ ({ critical: 8, high: 4, medium: 2, low: 1 });
const URGENT = ["critical", "high"];
/** A parcel with one of these statuses has ended. */
const ENDED = ["delivered", "returned", "cancelled"];
/** About the parcel and its recipient alone: nothing is wrong with the vehicle. */
const PARCEL_ONLY = ["attempt_failed"];
/** How a vehicle is by one of its parcels. */
const WORST_FIRST = /** @type {ParcelMark[]} */ (["exception", "failed", "late", "on_time"]);
/** States that need attention come first. */
export const ORDER = /** @type {VehicleState[]} */ (["incident", "exception", "failed", "late", "silent", "parked", "on_time", "moving"]);

/** State of the fleet, updated by frames; a snapshot replaces it but keeps the tracks. */
export class Fleet {
  constructor() {
    /** @type {Map<string, Vehicle>} */
    this.vehicles = new Map();
    /** @type {Map<string, Track>} */
    this.tracks = new Map();
    /** @type {Map<number, Incident>} */
    this.incidents = new Map();
    /** @type {Change[]} */
    this.changes = [];
    /** @type {Record<string, number | null>} */
    this.kpis = {};
    /** @type {Set<string>} */
    this.troubled = new Set();
    /** @type {Progress | null} */
    this.stream = null;
    this.offset = 0;
  }

  /** Return the server's time in ms. */
  get now() {
    return Date.now() + this.offset;
  }

  /** @param {Frame} frame */
  take(frame) {
    this.offset = Date.parse(frame.at) - Date.now();
    if (frame.type === "snapshot") {
      this.vehicles.clear();
      this.incidents.clear();
    }
    for (const vehicle of frame.vehicles ?? []) this.#takeVehicle(vehicle);
    for (const incident of frame.incidents ?? []) this.#takeIncident(incident);
    this.#takeChanges(frame.changes ?? []);
    this.stream = frame.stream ?? this.stream;
    Object.assign(this.kpis, frame.kpis ?? {});
    this.#findTroubled();
    for (const id of this.tracks.keys()) if (!this.vehicles.has(id)) this.tracks.delete(id);
  }

  /**
   * @param {string} vehicleId
   * @param {number} [now] the server's time in ms
   * @returns {VehicleState}
   */
  stateOf(vehicleId, now = this.now) {
    const vehicle = this.vehicles.get(vehicleId);
    if (!vehicle || now - vehicle.heard > SILENT_MS) return "silent";
    if (this.troubled.has(vehicleId)) return "incident";
    // Of parcels that have ended, or of none, nothing says whether the vehicle is in time.
    const { worst } = vehicle;
    if (worst && worst !== "on_time") return worst;
    if (vehicle.speed_kmh !== null && vehicle.speed_kmh < MOVING_FROM_KMH) return "parked";
    return worst ?? "moving";
  }

  /** List vehicles, those that need attention first. */
  listVehicles() {
    const rows = [...this.vehicles.values()].map((vehicle) => ({ vehicle, state: this.stateOf(vehicle.vehicle_id) }));
    const rank = (/** @type {{state: VehicleState}} */ row) => ORDER.indexOf(row.state);
    const byId = (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : a > b ? 1 : 0);
    return rows.sort((a, b) => rank(a) - rank(b) || byId(a.vehicle.vehicle_id, b.vehicle.vehicle_id));
  }

  /**
   * List the cards: one per shipment, by weight x (1 + age / response time), highest first. The symptoms of
   * a card are in the same order. Snoozed incidents are left out.
   * @param {(incident: Incident) => boolean} [admits] which incidents are shown
   */
  listCards(admits = () => true) {
    const order = (/** @type {Symptom} */ a, /** @type {Symptom} */ b) =>
      b.pressure - a.pressure || Date.parse(a.incident.opened_at) - Date.parse(b.incident.opened_at);
    /** @type {Map<string, Symptom[]>} */
    const cards = new Map();
    const shown = [...this.incidents.values()].filter((incident) => admits(incident) && !isSnoozed(incident, this.now));
    const all = shown.map((incident) => ({ incident, ...pressureOf(incident, this.now) }));
    for (const symptom of all.sort(order)) {
      const key = symptom.incident.shipment_id ?? symptom.incident.subject;
      cards.set(key, [...(cards.get(key) ?? []), symptom]);
    }
    return [...cards.values()];
  }

  /** @param {Vehicle} vehicle */
  #takeVehicle(vehicle) {
    const known = this.vehicles.get(vehicle.vehicle_id);
    if (known && known.occurred_at > vehicle.occurred_at) return;
    const heard = Date.parse(vehicle.occurred_at);
    // Asked for each vehicle on each animation frame.
    const worst = findWorst(vehicle.aboard, judgeParcel(vehicle));
    this.vehicles.set(vehicle.vehicle_id, { ...vehicle, worst, carried: findCarried(vehicle, worst), heard });
    // A fast clock must not hold the marker back until its time has come.
    const fix = { t: Math.min(heard, this.now), lat: vehicle.lat, lon: vehicle.lon, heading: vehicle.heading };
    const track = this.tracks.get(vehicle.vehicle_id);
    if (track) track.take(fix, this.now);
    else this.tracks.set(vehicle.vehicle_id, new Track(fix));
  }

  /** Find the vehicles that need action now. */
  #findTroubled() {
    const red = [...this.incidents.values()].filter((incident) => isRed(incident, this.now));
    this.troubled = new Set(red.flatMap((incident) => incident.vehicle_id ?? []));
  }

  /** @param {Incident} incident */
  #takeIncident(incident) {
    if (incident.resolved_at) this.incidents.delete(incident.id);
    else this.incidents.set(incident.id, incident);
  }

  /** @param {Change[]} changes */
  #takeChanges(changes) {
    const known = new Map(changes.map((change) => [change.change_id, this.#date(change)]));
    // One that is sent again keeps the time at which it was first seen.
    for (const change of this.changes) known.set(change.change_id, change);
    const all = [...known.values()].sort((a, b) => (b.happened ?? 0) - (a.happened ?? 0));
    this.changes = all.slice(0, CHANGES_KEPT);
  }

  /**
   * Return the change with when it happened, not later than now, and how far its time is ahead, in ms.
   * @param {Change} change
   */
  #date(change) {
    const reported = Date.parse(change.occurred_at);
    return { ...change, happened: Math.min(reported, this.now), ahead: Math.max(0, reported - this.now) };
  }
}

/**
 * Return the worst of two marks; null if there is none.
 * @param {ParcelMark | null} one
 * @param {ParcelMark | null} other
 * @returns {ParcelMark | null}
 */
function findWorst(one, other) {
  return WORST_FIRST.find((mark) => mark === one || mark === other) ?? null;
}

/**
 * Return the mark of the parcel last scanned aboard, by the server's rule; null for one that has ended or for none.
 * @param {Vehicle} vehicle
 * @returns {ParcelMark | null}
 */
function judgeParcel({ status, is_delayed }) {
  if (status === null || ENDED.includes(status)) return null;
  if (status === "exception") return "exception";
  if (status === "attempt_failed") return "failed";
  return is_delayed ? "late" : "on_time";
}

/**
 * Return the parcel that the table names for a vehicle, by the server's rule.
 * @param {Vehicle} vehicle
 * @param {ParcelMark | null} worst of all its parcels
 * @returns {Carried}
 */
function findCarried({ shipment_id, status, aboard, worst_parcel: parcel }, worst) {
  if (parcel && worst === aboard) return parcel;
  return { shipment_id, status, more: parcel ? parcel.more + 1 : 0 };
}

/**
 * Return whether an incident makes its vehicle red, by the server's rule.
 * @param {Incident} incident
 * @param {number} now
 */
export function isRed(incident, now) {
  return URGENT.includes(incident.severity) && !PARCEL_ONLY.includes(incident.code) && !isSnoozed(incident, now);
}

/**
 * @param {Incident} incident
 * @param {number} now
 */
function isSnoozed(incident, now) {
  return incident.snoozed_until !== null && Date.parse(incident.snoozed_until) > now;
}

/**
 * Return the urgency of an incident, by the server's rule.
 * @param {Incident} incident
 * @param {number} now
 */
export function pressureOf(incident, now) {
  const opened = Date.parse(incident.opened_at);
  const due = Date.parse(incident.due_at);
  const share = (now - opened) / Math.max(1000, due - opened);
  const tone = share >= 1 ? "bad" : share >= 0.75 ? "warn" : "idle";
  return { pressure: (WEIGHTS[incident.severity] ?? 1) * (1 + share), tone, age: now - opened, left: due - now };
}

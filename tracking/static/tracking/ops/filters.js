/** Filters of the fleet: hub, partner and state; the address holds them. */

import { keepInAddress } from "./fleet_address.js";

/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {{partner: string | null, hubs: string[]}} Affiliation */

const NAMES = ["hub", "partner", "status"];
/** Chosen as a state: every state but silent. */
const LIVE = "live";
const NO_AFFILIATION = /** @type {Affiliation} */ ({ partner: null, hubs: [] });
/** Affiliation of a vehicle that is new on the page are asked for at most once in this time. */
const ASK_EVERY_MS = 30000;

/** Chosen filters, and the affiliations of the vehicles. */
export class Filters {
  /**
   * @param {HTMLFormElement} form
   * @param {Record<string, Affiliation>} affiliations
   * @param {string} source address of the affiliations
   * @param {() => void} onChange
   */
  constructor(form, affiliations, source, onChange) {
    this.form = form;
    this.affiliations = affiliations;
    this.source = source;
    this.onChange = onChange;
    this.askedAt = Date.now();
    this.wanted = this.#read();
    form.querySelector("[data-filter-apply]")?.setAttribute("hidden", "");
    form.addEventListener("change", () => this.#take());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take();
    });
  }

  /** Return whether a hub or a partner is chosen, which narrow key figures and incidents too. */
  get isNarrow() {
    return this.wanted.hub !== "" || this.wanted.partner !== "";
  }

  /**
   * Return whether an incident is shown, by the server's rule.
   * @param {{hubs: string[], partner: string | null}} incident
   */
  admitsIncident({ hubs, partner }) {
    const { wanted } = this;
    return (!wanted.hub || hubs.includes(wanted.hub)) && (!wanted.partner || wanted.partner === partner);
  }

  /**
   * Return whether a vehicle in this state is shown, by the server's rule.
   * @param {string} vehicleId
   * @param {VehicleState} state
   */
  admits(vehicleId, state) {
    const { hub, partner, status } = this.wanted;
    if (!(hub || partner || status)) return true;
    const known = this.affiliations[vehicleId];
    if (!known && (hub || partner)) this.#ask();
    const { partner: owner, hubs } = known ?? NO_AFFILIATION;
    const isState = !status || status === state || (status === LIVE && state !== "silent");
    return (!hub || hubs.includes(hub)) && (!partner || partner === owner) && isState;
  }

  /** Read the affiliations again, for parcels change their vehicles. */
  async #ask() {
    if (Date.now() - this.askedAt < ASK_EVERY_MS) return;
    this.askedAt = Date.now();
    const answer = await fetch(this.source).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    this.affiliations = await answer.json();
    this.onChange();
  }

  /** Ask for the affiliations again if that is due. */
  refresh() {
    if (this.isNarrow) this.#ask();
  }

  #take() {
    this.wanted = this.#read();
    keepInAddress(this.wanted);
    this.onChange();
  }

  /** @returns {Record<string, string>} */
  #read() {
    const chosen = new FormData(this.form);
    return Object.fromEntries(NAMES.map((name) => [name, String(chosen.get(name) ?? "")]));
  }
}

/** Fill the console's panels from the fleet's state; rows are made from the page's own templates. */

import { AHEAD_MS, formatClock, formatCount, formatGap, formatHeard } from "./times.js";

/** @typedef {import("./fleet_state.js").Fleet} Fleet */
/** @typedef {import("./fleet_state.js").Vehicle} Vehicle */
/** @typedef {import("./fleet_state.js").VehicleState} VehicleState */
/** @typedef {{text: string, icon: string, tone: string}} Style */
/**
 * @typedef {{statuses: Record<string, Style>, states: Record<VehicleState, {text: string, tone: string}>,
 *   severities: Record<string, {text: string, tone: string}>, incidents: Record<string, string>, changes: Record<string, string>}} Words
 */

const TONES = ["info", "good", "warn", "bad", "idle"];

/** @param {string} name */
export function find(name) {
  return /** @type {HTMLElement | null} */ (document.querySelector(`[data-${name}]`));
}

/** @param {string} name */
export function makeRow(name) {
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector(`template[data-row="${name}"]`));
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true));
}

/**
 * Write a text into a part of a row, if it has changed.
 * @param {ParentNode} row
 * @param {string} part
 * @param {string} words
 */
export function write(row, part, words) {
  const place = row.querySelector(`[data-part="${part}"]`);
  if (place && place.textContent !== words) place.textContent = words;
  return /** @type {HTMLElement | null} */ (place);
}

/**
 * @param {Element | null} place
 * @param {string} tone
 */
export function setTone(place, tone) {
  if (!place || place.classList.contains(tone)) return;
  place.classList.remove(...TONES);
  place.classList.add(tone);
}

/**
 * @param {Element | null} place
 * @param {string} icon
 */
function setIcon(place, icon) {
  place?.querySelector("use")?.setAttribute("href", `#i-${icon}`);
}

/**
 * @param {HTMLElement | null} link
 * @param {string} base
 * @param {string | null} shipmentId
 */
export function setShipment(link, base, shipmentId) {
  if (!link) return;
  if (shipmentId) link.setAttribute("href", base + encodeURIComponent(shipmentId));
  else link.removeAttribute("href");
}

/** Key figures that say which vehicles report now: nobody knows while nothing new is read. */
const OF_NOW = ["vehicles_live", "vehicles_silent"];

/**
 * Write the key figures; an unknown one is a dash.
 * @param {Fleet} fleet
 * @param {boolean} isOld whether what the page shows is old
 * @param {boolean} isNarrow whether the cards hold the figures of a hub or a partner, which no frame has
 */
export function showKpis(fleet, isOld, isNarrow) {
  for (const [name, kept] of Object.entries(fleet.kpis)) {
    const place = find(`kpi="${name}"`);
    if (!place) continue;
    const isUnknown = isOld && OF_NOW.includes(name);
    if (isNarrow && !isUnknown) continue;
    const value = isUnknown ? null : kept;
    const words = value === null ? "–" : name === "on_time_pct" ? `${value} %` : formatCount(value);
    if (place.textContent !== words) place.textContent = words;
    if (name === "open_incidents") place.classList.toggle("bad", Boolean(value));
    if (name === "quarantined") place.classList.toggle("warn", Boolean(value));
  }
}

/**
 * Update a list's rows; a row with the same key is reused, so that it keeps the focus.
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} entries
 * @param {{name: string, key: (entry: T) => string, attribute: string, fill: (row: HTMLElement, entry: T) => void}} how
 */
function keepInStep(list, entries, how) {
  const known = new Map([...list.children].map((row) => [row.getAttribute(how.attribute), row]));
  const rows = entries.map((entry) => {
    const key = how.key(entry);
    const row = known.get(key) ?? /** @type {Element} */ (makeRow(how.name).firstElementChild);
    row.setAttribute(how.attribute, key);
    how.fill(/** @type {HTMLElement} */ (row), entry);
    return row;
  });
  const kept = new Set(rows);
  for (const row of [...list.children]) if (!kept.has(row)) row.remove();
  rows.forEach((row, n) => {
    if (list.children[n] !== row) list.insertBefore(row, list.children[n] ?? null);
  });
}

/**
 * @param {Fleet} fleet
 * @param {Words} words
 * @param {string} base where shipments live
 * @param {(vehicleId: string, state: VehicleState) => boolean} admits
 */
export function showVehicles(fleet, words, base, admits) {
  const list = find("vehicles");
  const all = fleet.listVehicles();
  const rows = all.filter(({ vehicle, state }) => admits(vehicle.vehicle_id, state));
  if (!list) return;
  keepInStep(list, rows, {
    name: "vehicle",
    attribute: "data-vehicle",
    key: ({ vehicle }) => vehicle.vehicle_id,
    fill: (row, { vehicle, state }) => {
      write(row, "vehicle", vehicle.vehicle_id)?.setAttribute("href", `?vehicle=${encodeURIComponent(vehicle.vehicle_id)}`);
      setTone(write(row, "state", words.states[state].text), words.states[state].tone);
      const { shipment_id: shipmentId, status, more } = vehicle.carried;
      setShipment(write(row, "shipment", shipmentId ?? ""), base, shipmentId);
      write(row, "more", more ? `and ${formatCount(more)} more` : "");
      write(row, "status", status ? words.statuses[status].text : "");
      write(row, "speed", vehicle.speed_kmh === null ? "" : `${Math.round(vehicle.speed_kmh)} km/h`);
      write(row, "heard", formatClock(new Date(vehicle.occurred_at)))?.setAttribute("datetime", vehicle.occurred_at);
      showAge(row, fleet.now - vehicle.heard);
    },
  });
  const count = find("vehicle-count");
  const total = find("vehicle-total");
  if (count) count.textContent = formatCount(rows.length);
  if (total) total.textContent = formatCount(all.length);
  const none = find("no-vehicles");
  none?.toggleAttribute("hidden", rows.length > 0);
  if (none) write(none, "none", all.length ? "No vehicle has these filters." : "No vehicle was seen within a day.");
  showFiltered(rows.length, all.length);
}

/**
 * Say beside the filters how many vehicles they leave.
 * @param {number} shown
 * @param {number} all
 */
function showFiltered(shown, all) {
  const place = find("filtered");
  if (!place) return;
  place.hidden = shown === all;
  place.textContent = `${formatCount(shown)} of ${formatCount(all)} vehicles`;
}

/**
 * Write how old a report is; a time ahead of the clock is a fault.
 * @param {HTMLElement} row
 * @param {number} ms
 */
export function showAge(row, ms) {
  write(row, "age", formatHeard(ms))?.classList.toggle("warn", ms < -AHEAD_MS);
}

/**
 * Write the ages of all vehicles again.
 * @param {Fleet} fleet
 */
export function showAges(fleet) {
  for (const row of find("vehicles")?.children ?? []) {
    const vehicle = fleet.vehicles.get(row.getAttribute("data-vehicle") ?? "");
    if (vehicle) showAge(/** @type {HTMLElement} */ (row), fleet.now - vehicle.heard);
  }
}

/**
 * @param {Fleet} fleet
 * @param {Words} words
 * @param {string} base where shipments live
 * @param {(incident: import("./fleet_state.js").Incident) => boolean} admits
 */
export function showIncidents(fleet, words, base, admits) {
  const list = find("incidents");
  const rows = fleet.listCards(admits);
  if (!list) return;
  keepInStep(list, rows, {
    name: "incident",
    attribute: "data-incident",
    key: (card) => String(Math.min(...card.map(({ incident }) => incident.id))),
    fill: (row, card) => {
      const { incident, tone, age, left } = card[0];
      write(row, "title", words.incidents[incident.code] ?? "Incident");
      const icon = row.querySelector('[data-part="icon"]');
      setIcon(icon, words.statuses[incident.code]?.icon ?? "octagon");
      setTone(icon, tone);
      setTone(write(row, "due", left < 0 ? `${formatGap(-left)} over` : `due in ${formatGap(left)}`), tone);
      setShipment(write(row, "subject", incident.shipment_id ?? incident.subject), base, incident.shipment_id);
      write(row, "why", card.map((symptom) => symptom.incident.why).join(" · "));
      write(row, "owner", card.find((symptom) => symptom.incident.owner)?.incident.owner ?? "unassigned");
      const severity = words.severities[incident.severity];
      setTone(write(row, "severity", severity.text), severity.tone);
      write(row, "age", formatGap(age));
      const locate = /** @type {HTMLElement | null} */ (row.querySelector('[data-part="locate"]'));
      if (locate) {
        locate.hidden = !incident.vehicle_id || !fleet.vehicles.has(incident.vehicle_id);
        locate.dataset.locate = incident.vehicle_id ?? "";
      }
    },
  });
  find("no-incidents")?.toggleAttribute("hidden", rows.length > 0);
}

/**
 * @param {Fleet} fleet
 * @param {Words} words
 * @param {string} base where shipments live
 * @param {boolean} isNarrow whether a hub or a partner is chosen, which changes do not name
 */
export function showChanges(fleet, words, base, isNarrow) {
  const list = find("changes");
  const note = find("ticker-note");
  if (!list || !note) return;
  note.textContent = isNarrow ? "what has changed anywhere" : "what has changed";
  find("ticker")?.toggleAttribute("hidden", fleet.changes.length === 0);
  keepInStep(list, fleet.changes, {
    name: "change",
    attribute: "data-change",
    key: (change) => change.change_id,
    fill: (row, change) => {
      const style = words.statuses[change.type === "delayed" ? "delayed" : (change.status ?? "unknown")];
      const icon = row.querySelector('[data-part="icon"]');
      setIcon(icon, style.icon);
      setTone(icon, style.tone);
      setShipment(write(row, "shipment", change.shipment_id), base, change.shipment_id);
      write(row, "text", describeChange(change, style, words) + (change.place ? `, ${change.place}` : ""));
      const isFast = (change.ahead ?? 0) > AHEAD_MS;
      write(row, "at", isFast ? "clock fast" : formatClock(new Date(change.occurred_at)))?.classList.toggle("warn", isFast);
    },
  });
}

/** Changes that are named by the status that they lead to. */
const NAMED_BY_STATUS = ["created", "status_changed", "milestone_reached"];

/**
 * @param {{type: string}} change
 * @param {Style} style
 * @param {Words} words
 */
function describeChange({ type }, style, words) {
  return NAMED_BY_STATUS.includes(type) ? style.text : (words.changes[type] ?? style.text);
}

/** Freshness of what the page shows: whether frames arrive, and how far the stream is read. */

import { find, write } from "./panels.js";
import { formatClock, formatGap } from "./times.js";

/** @typedef {import("./fleet_state.js").Progress} Progress */
/** @typedef {{since: number | null, words: string, short: string}} Fault `since` in ms of the server's clock */

/** The server sends a frame every four seconds at least. */
export const SILENT_MS = 12000;
/** Shards are read several times a second; the page gets the progress a few seconds later. */
export const UNREAD_MS = 10000;

/**
 * Return why the page shows old data; null if it is fresh. All times are in ms of the server's clock.
 * @param {{now: number, heardAt: number, stream: Progress | null}} facts `heardAt`: of the last frame
 * @returns {Fault | null}
 */
export function findFault({ now, heardAt, stream }) {
  if (now - heardAt > SILENT_MS) {
    return { since: heardAt, words: `Nothing came from the server since ${sayClock(heardAt)}.`, short: "No frames" };
  }
  if (!stream) return null;
  const until = stream.read_until === null ? null : Date.parse(stream.read_until);
  if (until !== null && now - until <= UNREAD_MS) return null;
  const who = stream.stopped ? `${stream.stopped} of ${stream.shards} shards have no reader.` : "Its readers are behind.";
  const since = until === null ? "was never read whole" : `was read until ${sayClock(until)}`;
  return { since: until, words: `The stream ${since}. ${who}`, short: "Not read" };
}

/**
 * Show or hide the bar with the fault. Its age is outside of the part that is read out.
 * @param {HTMLElement} root
 * @param {Fault | null} fault
 * @param {number} now
 */
export function showFault(root, fault, now) {
  const bar = find("stale-bar");
  if (!bar) return;
  bar.hidden = fault === null;
  root.toggleAttribute("data-unread", fault !== null);
  if (fault === null) return;
  write(bar, "fault", `${fault.words} Vehicles are shown where they were last heard, and parcels are counted as they were then.`);
  write(bar, "fault-age", fault.since === null ? "" : formatGap(now - fault.since));
}

/** @param {number} moment */
function sayClock(moment) {
  return formatClock(new Date(moment));
}

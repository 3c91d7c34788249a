/** Formatting of times: the time of day in India, and spans of time. */

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/**
 * Format the time of day in India, with seconds.
 * @param {Date} moment
 */
export function formatClock(moment) {
  return CLOCK.format(moment);
}

/**
 * Format a span of time: `12 s`, `14 min`, `3 h 20 min`, `2 d 4 h`.
 * @param {number} ms
 */
export function formatGap(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A time further ahead of the clock than this is the fault of a device's clock. */
export const AHEAD_MS = 30000;

/**
 * Format how long ago something was reported: `12 s ago`, or `clock 3 min fast` for a time ahead of the clock.
 * @param {number} ms
 */
export function formatHeard(ms) {
  return ms < -AHEAD_MS ? `clock ${formatGap(-ms)} fast` : `${formatGap(Math.max(1000, ms))} ago`;
}

/**
 * Format a count with Indian grouping: 12,34,567.
 * @param {number} count
 */
export function formatCount(count) {
  return count.toLocaleString("en-IN");
}

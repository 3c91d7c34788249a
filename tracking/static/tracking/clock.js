/* Days, hours and ages as people in India read them; the twin of tracking/pages/clock.py. Moments are epoch ms. */

import { say } from "./words.js";

export const MINUTE = 60_000;
export const DAY = 86_400_000;
const IST = 330 * MINUTE;

/** @param {number} value @param {number} step */
const rest = (value, step) => ((value % step) + step) % step;
/** @param {number} moment */
const local = (moment) => new Date(moment + IST);
/** @param {number} moment */
export const dayOf = (moment) => Math.floor((moment + IST) / DAY);
/** @param {number} earlier @param {number} later */
export const daysBetween = (earlier, later) => dayOf(later) - dayOf(earlier);
/** @param {number} moment @param {number} step */
export const roundDown = (moment, step) => moment - rest(moment, step);
/** @param {number} moment @param {number} step */
export const roundUp = (moment, step) => moment + rest(-moment, step);
/** @param {number} moment @param {number} step */
export const roundNear = (moment, step) => roundDown(moment + step / 2, step);

/** @param {number} moment */
export const sayTime = (moment) => {
  const hour = local(moment).getUTCHours();
  const minute = local(moment).getUTCMinutes();
  const time = (hour % 12 || 12) + (minute ? `:${String(minute).padStart(2, "0")}` : "");
  return say(hour < 12 ? "am" : "pm", { time });
};

/** @param {number} moment @param {boolean} [long] */
export const sayWeekday = (moment, long) =>
  say(long ? "weekdays.long" : "weekdays").split(" ")[(local(moment).getUTCDay() + 6) % 7];

/** @param {number} moment */
export const sayDate = (moment) =>
  say("day", {
    weekday: sayWeekday(moment),
    day: local(moment).getUTCDate(),
    month: say("months").split(" ")[local(moment).getUTCMonth()],
  });

/** @param {number} moment @param {number} now */
export const sayDay = (moment, now) => {
  const ahead = daysBetween(now, moment);
  return ahead === 0 ? say("day.today") : ahead === 1 ? say("day.tomorrow") : sayDate(moment);
};

/** @param {number} moment @param {number} now */
export const sayDayWithinAWeek = (moment, now) => {
  const ahead = daysBetween(now, moment);
  return ahead >= 2 && ahead <= 6 ? sayWeekday(moment, true) : sayDay(moment, now);
};

/** @param {number} moment @param {number} now */
export const sayMoment = (moment, now) => {
  const code = ["moment.today", "moment.yesterday"][daysBetween(moment, now)] ?? "moment";
  return say(code, { day: sayDate(moment), time: sayTime(moment) });
};

/** @param {number} start @param {number} end */
export const saySpan = (start, end) => {
  const [from, to] = [start, end].map((moment) =>
    dayOf(start) === dayOf(end) ? sayTime(moment) : `${sayWeekday(moment)} ${sayTime(moment)}`,
  );
  return say("span", { from, to });
};

/** @param {number} start @param {number} end */
export const sayPromise = (start, end) =>
  dayOf(start) === dayOf(end)
    ? say("span.day", { day: sayDate(start), span: saySpan(start, end) })
    : say("span", { from: sayDate(start), to: sayDate(end) });

/** @param {number} moment @param {number} now */
export const sayAge = (moment, now) => {
  const seconds = Math.max(0, Math.floor((now - moment) / 1000));
  if (seconds < 10) return say("age.now");
  if (seconds < 60) return say("age.s", { n: Math.floor(seconds / 10) * 10 });
  if (seconds < 3600) return say("age.min", { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return say("age.h", { n: Math.floor(seconds / 3600) });
  const days = Math.floor(seconds / 86400);
  return days === 1 ? say("age.day") : say("age.days", { n: days });
};

/* What the page says about a shipment; the twin of tracking/pages/view.py. A test holds both to the same words. */

import { DAY, MINUTE, dayOf, daysBetween, roundDown, roundNear, roundUp } from "./clock.js";
import { sayAge, sayDate, sayDay, sayDayWithinAWeek, sayMoment, sayPromise, saySpan, sayTime, sayWeekday } from "./clock.js";
import { say, sayMostExactly, tables } from "./words.js";

/** @typedef {{from: string, to: string, at?: string, confidence?: string}} Window */
/** @typedef {{occurred_at: string, status: string, substatus: string?, place: string?, corrected: boolean}} Scan */
/** @typedef {{lat: number, lon: number, occurred_at: string}} Position */
/** @typedef {{shipment_id: string, status: string, substatus: string?, leg: string, status_at: string?,
 *   updated_at: string?, is_delayed: boolean, delay: {cause: string}?, eta: Window?, promised: Window?,
 *   events: Scan[], position: Position?, state_version: number}} Answer */
/** @typedef {{from: number, to: number, at: number}} Span */

const STALE_AFTER = 10 * MINUTE;
const BAR = ["packed", "on_the_way", "out_for_delivery", "delivered"];
/** @param {Answer} answer @param {number} now epoch ms */
export const describe = (answer, now) => {
  const state = stateOf(answer);
  const status = state === "delayed" ? state : answer.status;
  const [icon, tone] = tables.looks[status];
  const view = {
    state,
    icon,
    tone,
    pill: say(`pill.${status}`),
    title: "",
    h1: "",
    window: "",
    was: "",
    line: "",
    next: [],
    bar: tellBar(answer),
    journey: tellJourney(answer, now, tone),
    promised: sayPromised(answer),
    ...tellSeen(answer, now),
    ...TELL[state](answer, now),
  };
  return { ...view, title: say("title", { h1: view.h1 }) };
};

/** @param {Answer} answer */
const stateOf = (answer) => {
  const state = tables.states[answer.status] ?? "booked";
  return answer.is_delayed && tables.mayBeDelayed.includes(state) ? "delayed" : state;
};

/** @param {string} text */
const at = (text) => Date.parse(text);
/** @param {Window?} w @returns {Span?} */
const read = (w) => w && { from: at(w.from), to: at(w.to), at: at(w.at ?? w.to) };
/** @param {string} kind @param {Answer} answer */
const exactly = (kind, answer) =>
  sayMostExactly([`${kind}.${answer.status}.${answer.substatus}`, `${kind}.${answer.status}`]);
/** @param {Answer} answer */
const next = (answer) => exactly("next", answer).split("|").filter(Boolean);
/** @param {Answer} answer */
const lastPlace = (answer) => answer.events.find((event) => event.place)?.place ?? "";

/** @param {Answer} answer */
const sayPromised = ({ promised }) => (promised ? sayPromise(at(promised.from), at(promised.to)) : "");

/** @param {Span} eta @returns {[number, number]} */
const ends = (eta) => {
  const width = eta.to - eta.from;
  const step = MINUTE * (width < 120 * MINUTE ? 5 : width < 360 * MINUTE ? 15 : 30);
  return [roundDown(eta.from, step), roundUp(eta.to, step)];
};

/** @param {Span} eta @param {number} now */
const isOverdue = (eta, now) => now > ends(eta)[1];

/** @param {Span} eta @param {number} now @param {string} by */
const sayEnds = (eta, now, by) => {
  const [start, end] = ends(eta);
  return start < now && dayOf(start) === dayOf(end) ? say(by, { time: sayTime(end) }) : saySpan(start, end);
};

/** @param {Span} eta @param {number} now @param {string} likely */
const sayLikely = (eta, now, likely) => {
  const moment = roundNear(eta.at, 5 * MINUTE);
  return moment > now ? say(likely, { time: sayTime(moment) }) : "";
};

/** @param {Span} eta @param {number} now */
const sayWindow = (eta, now) => {
  const [one, other] = [sayEnds(eta, now, "By"), sayLikely(eta, now, "likely")];
  return other ? say("join", { one, other }) : one;
};

/** @param {Span} eta */
const tellOverdue = (eta) => ({ h1: say("h1.soon"), line: say("overdue", { time: sayTime(ends(eta)[1]) }) });

/** @param {string} code @param {string} place */
const sayWhere = (code, place) => {
  const [town, state] = place.split(", ");
  return place ? say(state === undefined ? `${code}.at` : `${code}.in`, { place: town }) : say(code);
};

/** @type {Record<string, (answer: Answer, now: number) => object>} */
const TELL = {
  booked: (answer, now) => {
    const promised = read(answer.promised);
    const line = exactly("line", answer);
    if (!promised || promised.to < now) return { h1: say(`h1.${answer.status}`), line };
    return { h1: sayBy(promised.to, now), window: sayPromised(answer), line };
  },
  on_the_way: (answer, now) => {
    const eta = read(answer.eta);
    if (!eta) return tellByPromise(answer, now);
    if (isOverdue(eta, now)) return tellOverdue(eta);
    const h1 = say("h1.arriving", { day: sayDay(eta.at, now) });
    return { h1, window: sayWindow(eta, now), line: say(`sure.${answer.eta?.confidence}`) };
  },
  out_for_delivery: (answer, now) => {
    const eta = read(answer.eta);
    if (!eta) return { h1: say("h1.out_for_delivery"), line: say("line.out_for_delivery") };
    if (isOverdue(eta, now)) return tellOverdue(eta);
    const h1 = say("h1.arriving.span", { day: sayDay(eta.at, now), span: sayEnds(eta, now, "by") });
    return { h1, window: sayLikely(eta, now, "Likely"), line: exactly("line", answer) };
  },
  delayed: (answer, now) => {
    const eta = read(answer.eta);
    const told = {
      was: sayPromised(answer),
      line: say(`line.delayed.${answer.delay?.cause}`),
      next: say("next.delayed").split("|"),
    };
    if (!eta || isOverdue(eta, now)) return { ...told, h1: say("h1.late") };
    return { ...told, h1: say("h1.delayed", { day: sayDay(eta.at, now) }), window: sayWindow(eta, now) };
  },
  attempt_failed: (answer, now) => {
    const tried = answer.status_at ? at(answer.status_at) : 0;
    const eta = read(answer.eta);
    const again = eta && tried && eta.from > tried && !isOverdue(eta, now);
    return {
      h1: say("h1.attempt_failed"),
      window: exactly("line", answer),
      line: tried ? sayMoment(tried, now) : "",
      next: [...(again ? [say("next.attempt", { when: sayPromise(...ends(eta)) })] : []), ...next(answer)],
    };
  },
  ready_for_pickup: (answer) => {
    const place = lastPlace(answer);
    const h1 = place ? say("h1.available_for_pickup.at", { place }) : say("h1.available_for_pickup");
    return { h1, window: exactly("line", answer), next: next(answer) };
  },
  held: (answer, now) => ({
    h1: answer.status === "expired" ? sayUnscanned(answer, now) : sayWhere(`h1.${answer.status}`, lastPlace(answer)),
    window: exactly("line", answer),
    next: next(answer),
  }),
  delivered: (answer, now) => ({ h1: sayDelivered(answer, now), window: exactly("line", answer), next: next(answer) }),
  going_back: (answer) => tellEnd(answer),
  stopped: (answer) => tellEnd(answer),
};

/** @param {Answer} answer */
const tellEnd = (answer) => ({ h1: say(`h1.${answer.status}`), window: exactly("line", answer), next: next(answer) });

/** @param {Answer} answer @param {number} now */
const tellByPromise = (answer, now) => {
  const promised = read(answer.promised);
  if (!promised || promised.to < now) return { h1: say(`h1.${answer.status}`), line: say(`line.${answer.status}`) };
  return { h1: sayBy(promised.to, now), window: sayPromised(answer) };
};

/** @param {number} by @param {number} now */
const sayBy = (by, now) =>
  daysBetween(now, by) === 0 ? say("h1.promise.today") : say("h1.promise", { day: sayDayWithinAWeek(by, now) });

/** @param {Answer} answer @param {number} now */
const sayDelivered = (answer, now) => {
  if (!answer.status_at) return say("h1.delivered");
  const moment = at(answer.status_at);
  const ago = daysBetween(moment, now);
  if (ago > 6) return say("h1.delivered.day", { day: sayDate(moment) });
  const day = ago === 0 ? say("day.today") : sayWeekday(moment);
  return say("h1.delivered.time", { day, time: sayTime(moment) });
};

/** @param {Answer} answer @param {number} now */
const sayUnscanned = (answer, now) => {
  const last = answer.events.find((event) => event.status !== "expired")?.occurred_at ?? answer.updated_at;
  const n = last ? Math.floor((now - at(last)) / DAY) : 0;
  return n > 1 ? say("h1.expired.days", { n }) : say("h1.expired");
};

/** @param {Answer} answer */
const tellBar = ({ status, leg, events }) => {
  if (leg === "return" || ["cancelled", "lost", "returned"].includes(status)) return [];
  const reached = tables.barOf[status] ?? tables.barOf[events.find((event) => event.status in tables.barOf)?.status ?? ""] ?? 0;
  return BAR.map((name, index) => ({
    label: say(`bar.${index === 2 && status === "available_for_pickup" ? status : name}`),
    mark: index < reached ? "done" : index === reached ? "current" : "todo",
  }));
};

/** @param {Answer} answer @param {number} now @param {string} tone */
const tellJourney = ({ events }, now, tone) =>
  events.map((event, index) => {
    const own = (tables.looks[event.status] ?? tables.looks.unknown)[1];
    return {
      text: sayStep(event),
      when: sayMoment(at(event.occurred_at), now),
      at: event.occurred_at,
      tone: index === 0 ? tone : own === "warn" || own === "bad" ? own : "",
    };
  });

/** @param {Scan} event */
const sayStep = ({ status, substatus, place: full, corrected }) => {
  const [place] = (full ?? "").split(", ");
  const [exact, plain] = [`step.${status}.${substatus}`, `step.${status}`];
  const codes = place ? [`${exact}.at`, exact, `${plain}.at`, plain] : [exact, plain];
  const text = sayMostExactly(codes, { place });
  return corrected ? say("step.corrected", { text }) : text;
};

/** @param {Answer} answer @param {number} now */
const tellSeen = ({ position, status }, now) => {
  const has_map = position !== null && tables.mapped.includes(status);
  const seen = has_map ? at(position.occurred_at) : now;
  const is_stale = now - seen > STALE_AFTER;
  return { has_map, is_stale, seen: is_stale ? say("seen.stale", { age: sayAge(seen, now) }) : "" };
};

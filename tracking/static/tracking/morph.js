/* Update an element to match another with few changes, so that focus, open details and motion are kept. */

const GLIDE_MS = 900;
// Attributes of moving parts of a map: their numbers are animated.
const GLIDING = ["d", "transform"];
const NUMBER = /-?\d+(?:\.\d+)?/g;

const still = matchMedia("(prefers-reduced-motion: reduce)");
/** @type {WeakMap<Element, number>} */
const glides = new WeakMap();

/** @param {string} text */
const numbers = (text) => (text.match(NUMBER) ?? []).map(Number);

/** @param {Element} element @param {string} name @param {string} goal */
const glide = (element, name, goal) => {
  const [from, to] = [numbers(element.getAttribute(name) ?? ""), numbers(goal)];
  cancelAnimationFrame(glides.get(element) ?? 0);
  if (still.matches || document.hidden || from.length !== to.length) {
    element.setAttribute(name, goal);
    return;
  }
  const started = performance.now();
  const step = (/** @type {number} */ time) => {
    const part = Math.min(1, Math.max(0, (time - started) / GLIDE_MS));
    const eased = 1 - (1 - part) ** 3;
    let index = 0;
    const between = () => (from[index] + (to[index] - from[index++]) * eased).toFixed(1);
    element.setAttribute(name, part < 1 ? goal.replace(NUMBER, between) : goal);
    if (part < 1) glides.set(element, requestAnimationFrame(step));
  };
  glides.set(element, requestAnimationFrame(step));
};

/** @param {Element} old @param {Element} fresh */
const setAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) {
    // Only the reader opens and closes details, never the server.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) === value) continue;
    if (GLIDING.includes(name)) glide(old, name, value);
    else old.setAttribute(name, value);
  }
};

/** Return whether `old` can be updated to `fresh`; another scene of the map is replaced. @param {Node} old @param {Node} fresh */
const isAlike = (old, fresh) =>
  old.nodeName === fresh.nodeName &&
  (!(old instanceof HTMLElement) || !(fresh instanceof HTMLElement) || old.dataset.scene === fresh.dataset.scene);

/** Update `old` to match `fresh`, which may be of another document. @param {ChildNode} old @param {ChildNode} fresh */
export const morph = (old, fresh) => {
  if (!isAlike(old, fresh)) {
    old.replaceWith(fresh);
    return;
  }
  if (!(old instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  setAttributes(old, /** @type {Element} */ (fresh));
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((child, index) => (before[index] ? morph(before[index], child) : old.append(child)));
  for (const child of before.slice(after.length)) child.remove();
};

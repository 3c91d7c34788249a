/** Behaviour of every console page: the clock, the theme switch, the freshness. */

import { formatClock } from "./times.js";

/** @typedef {"waiting" | "live" | "slow" | "lost"} Freshness */

/**
 * Show in the bar how fresh the page is.
 * @param {Freshness} state
 * @param {string} words
 * @param {string} [short] for a bar without room for the words
 */
export function showFreshness(state, words, short = words) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-fresh]"));
  if (!place) return;
  place.hidden = false;
  if (place.dataset.fresh !== state) place.dataset.fresh = state;
  for (const [part, said] of [["long", words], ["short", short]]) {
    const text = place.querySelector(`[data-${part}]`);
    if (text && text.textContent !== said) text.textContent = said;
  }
  place.title = words;
}

function startClock() {
  const place = document.querySelector("[data-clock]");
  if (!place) return;
  const tick = () => {
    const now = new Date();
    place.textContent = formatClock(now);
    place.setAttribute("datetime", now.toISOString());
    setTimeout(tick, 1000 - (Date.now() % 1000));
  };
  tick();
}

/** Change the theme: the class on <html> changes at once, the server sets the cookie in the background. */
function listenToTheme() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-theme]"));
  form?.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!button) return;
    event.preventDefault();
    const choice = new FormData(form, button);
    fetch(form.action, { method: "POST", body: choice, redirect: "manual" }).catch(() => form.submit());
    showTheme(form, button.value);
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {string} theme
 */
function showTheme(form, theme) {
  const page = document.documentElement;
  page.classList.remove("theme-light", "theme-dark");
  if (theme !== "auto") page.classList.add(`theme-${theme}`);
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  const scheme = document.querySelector("meta[name=color-scheme]");
  scheme?.setAttribute("content", theme === "auto" ? "light dark" : theme);
  document.dispatchEvent(new CustomEvent("themechange"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("themechange"));
});
startClock();
listenToTheme();

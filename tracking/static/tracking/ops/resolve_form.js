/** Form that resolves a card: it asks only for results of what is ticked, and shows what the recipient will read. */

/** Require the results of what is ticked, and disable the others. @param {HTMLFormElement} form */
function askForTicked(form) {
  const sent = new Set(new FormData(form).getAll("incident"));
  for (const field of /** @type {NodeListOf<HTMLSelectElement>} */ (form.querySelectorAll("select[data-of]"))) {
    field.required = (field.dataset.of ?? "").split(" ").some((seen) => sent.has(seen));
    field.disabled = !field.required;
  }
  for (const day of /** @type {NodeListOf<HTMLSelectElement>} */ (form.querySelectorAll("select[data-day-of]"))) {
    const answer = findField(form, day.dataset.dayOf);
    day.required = !answer.disabled && (day.dataset.dayCodes ?? "").split(" ").includes(answer.value);
    day.disabled = !day.required;
    /** @type {HTMLElement} */ (day.closest("label")).hidden = day.disabled;
  }
}

/** @param {HTMLFormElement} form @param {string} [name] */
function findField(form, name = "") {
  return /** @type {HTMLSelectElement} */ (form.elements.namedItem(name));
}

/** Show the words of each chosen answer. @param {HTMLFormElement} form */
function showWords(form) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-reads-of]"))) {
    const field = findField(form, place.dataset.readsOf);
    const day = /** @type {HTMLSelectElement | null} */ (form.querySelector(`[data-day-of="${field.name}"]:enabled`));
    const words = field.disabled ? "" : (day ?? field).selectedOptions[0]?.dataset.reads;
    place.hidden = !words;
    place.textContent = words ? `The recipient reads: “${words}”` : "";
  }
}

/** Keep the forms of this page, also those of lists to come, in step with what is chosen. */
export function followResolveForms() {
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form[data-resolve]") : null;
    if (!(form instanceof HTMLFormElement)) return;
    askForTicked(form);
    showWords(form);
  });
  // `toggle` does not bubble.
  document.addEventListener(
    "toggle",
    (event) => {
      const form = event.target instanceof Element ? event.target.querySelector("form[data-resolve]") : null;
      if (form instanceof HTMLFormElement) askForTicked(form);
    },
    true,
  );
}

/* Send forms by fetch: while the server is busy, the form stays filled and is sent again. Any may arrive twice: the
   server records an open request once, and the last choice counts. */

const MOST_TRIES = 5;

/** Say below a form what happens to it. @param {HTMLFormElement} form @param {string} [what] */
const say = (form, what = "") => {
  if (!form.querySelector("[data-sent]")) {
    const template = /** @type {HTMLTemplateElement} */ (document.querySelector("[data-send]"));
    form.append(template.content.cloneNode(true));
  }
  const line = /** @type {HTMLElement} */ (form.querySelector("[data-sent]"));
  line.textContent = line.dataset[what] ?? "";
  line.className = what === "failed" ? "wrong" : "quiet";
  line.role = what === "failed" ? "alert" : "status";
};

/** Say on a button of words that its form is on its way; return what undoes that. @param {any} button @param {HTMLFormElement} form */
const saySending = (button, form) => {
  const line = /** @type {HTMLElement} */ (form.querySelector("[data-sent]"));
  if (!button || button.childElementCount) return () => {};
  const usual = button.textContent;
  button.textContent = line.dataset.sending ?? usual;
  return () => (button.textContent = usual);
};

/** Send what a form holds; null without an answer. @param {HTMLFormElement} form @param {any} button */
const send = async (form, button) => {
  for (let tries = 1; ; tries += 1) {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    if (button?.name) body.append(button.name, button.value);
    // Not `form.action`: a button may have that name.
    const answer = await fetch(form.getAttribute("action") ?? "", { method: "POST", body }).catch(() => null);
    if (answer && (answer.redirected || answer.status <= 500)) return answer;
    if (!answer || tries === MOST_TRIES) return null;
    say(form, "busy");
    const seconds = Math.min(30, Number(answer.headers.get("Retry-After")) || 2);
    // Not all pages try at once.
    await new Promise((done) => setTimeout(done, 1000 * seconds * (1 + Math.random() / 2)));
  }
};

/** Show the page that an answer leads to, or the form with its mistake; false without one. @param {HTMLFormElement} form @param {Response} answer */
const show = async (form, answer) => {
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.redirected) {
    const place = [form.dataset.then ?? "", "private"].find((id) => fresh.getElementById(id));
    // From another address, else the browser would only scroll to the place.
    history.replaceState(null, "", "?sent");
    location.replace(answer.url + (place ? `#${place}` : ""));
    return true;
  }
  if ([404, 410].includes(answer.status)) location.reload();
  const name = form.closest("[data-private]") ? "#private" : "main";
  const part = /** @type {HTMLElement | null} */ (fresh.querySelector(name));
  if (!part || answer.status === 500) return false;
  form.closest(name)?.replaceWith(part);
  /** @type {HTMLElement | null} */ (part.querySelector("[autofocus]"))?.focus();
  return true;
};

addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post") return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  say(form);
  const undo = saySending(event.submitter, form);
  const answer = await send(form, event.submitter);
  // An earlier failure of another form is no longer news.
  if (answer) for (const other of document.querySelectorAll("[data-sent].wrong")) other.textContent = "";
  if (answer && (await show(form, answer).catch(() => false))) return;
  undo();
  form.ariaBusy = "false";
  say(form, "failed");
});

// What is missing is said above the field, where a bubble of the browser would cover the choices.
addEventListener("invalid", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const form = field.form;
  if (!form?.dataset.missing) return;
  event.preventDefault();
  if (form.querySelector(".wrong[data-said]")) return;
  const said = document.createElement("p");
  Object.assign(said, { className: "wrong", role: "alert", textContent: form.dataset.missing });
  said.dataset.said = "";
  form.prepend(said);
  form.addEventListener("input", () => said.remove(), { once: true });
  field.focus({ preventScroll: true });
  said.scrollIntoView({ block: "nearest" });
}, true);

// The field that unlocks the page opens below what a phone shows.
addEventListener("click", async (event) => {
  const details = /** @type {HTMLElement} */ (event.target).closest?.(".unlock summary")?.parentElement;
  if (!details) return;
  await new Promise((done) => setTimeout(done));
  const field = /** @type {HTMLInputElement | null} */ (details.querySelector("[open] #secret"));
  field?.focus({ preventScroll: true });
  field?.form?.scrollIntoView({ block: "nearest" });
});

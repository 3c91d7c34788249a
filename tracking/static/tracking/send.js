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
  const answer = await send(form, event.submitter);
  if (answer && (await show(form, answer).catch(() => false))) return;
  form.ariaBusy = "false";
  say(form, "failed");
});

document.querySelector(".unlock summary")?.addEventListener("click", () =>
  setTimeout(() => document.getElementById("secret")?.focus()));

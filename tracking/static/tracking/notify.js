/* One button that turns notifications of this parcel on and off in this browser; it asks only after a tap. */

import { register, SCOPE } from "./worker.js";

const section = /** @type {HTMLElement | null} */ (document.querySelector("[data-notify]"));

/** Show the button, if the browser has notifications. */
const offer = async () => {
  const { token } = /** @type {HTMLElement} */ (document.querySelector("main")).dataset;
  if (!section || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const button = /** @type {HTMLButtonElement} */ (section.querySelector("button"));
  const said = /** @type {HTMLElement} */ (section.querySelector("[role=status]"));
  const { key = "", on = "", off = "", done = "", denied = "", failed = "" } = section.dataset;
  const path = `/t/${token}/webpush/`;

  const show = (/** @type {boolean} */ isOn) => {
    button.textContent = isOn ? off : on;
    button.dataset.state = isOn ? "on" : "off";
  };

  const turnOn = async () => {
    if ((await Notification.requestPermission()) !== "granted") return denied;
    const subscription = await subscribe(key);
    const answer = await post(path, JSON.stringify(subscription));
    if (!answer.ok) return failed;
    show(true);
    return done;
  };

  const turnOff = async () => {
    const subscription = await findSubscription();
    if (subscription) await post(`${path}${await identify(subscription)}/stop`);
    show(false);
    return "";
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "";
    try {
      said.textContent = await (button.dataset.state === "on" ? turnOff() : turnOn());
    } catch {
      said.textContent = failed;
    }
    button.disabled = false;
  });

  const known = await findSubscription();
  show(known !== null && (await fetch(`${path}${await identify(known)}/`)).ok);
  section.hidden = false;
};

/** @returns {Promise<PushSubscription | null>} */
const findSubscription = async () => {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await registration?.pushManager.getSubscription()) ?? null;
};

/** Subscribe with our key; a subscription with an older key is replaced. @param {string} key */
const subscribe = async (key) => {
  await register();
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  }
};

/** Return the id under which the server keeps a subscription. @param {PushSubscription} subscription */
const identify = async ({ endpoint }) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  const half = String.fromCharCode(...new Uint8Array(digest).slice(0, 16));
  return btoa(half).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

/** @param {string} path @param {string} [body] */
const post = (path, body) =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body });

void offer();

/* Service worker of the customer's pages: shows a notification for each push message, and opens its page. */

/** @typedef {{title: string, body: string, link: string, tag: string, lang: string}} Shown */

const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("push", (/** @type {any} */ event) => {
  /** @type {Shown} */
  const { title, body, link, tag, lang } = event.data.json();
  event.waitUntil(worker.registration.showNotification(title, { body, tag, lang, renotify: true, data: { link } }));
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.link));
});

/** Show the page of a link, in its tab if it is open. @param {string} link */
const open = async (link) => {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const path = new URL(link).pathname;
  const page = pages.find((/** @type {any} */ found) => new URL(found.url).pathname === path);
  return page ? page.focus() : worker.clients.openWindow(link);
};

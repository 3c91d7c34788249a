/* Service worker of the customer's pages: shows a notification for each push message and opens its page, and keeps
   the last locked pages for when the phone is offline. What an unlocked page shows is never kept. */

/** @typedef {{title: string, body: string, link: string, tag: string, lang: string}} Shown */

const worker = /** @type {any} */ (self);
const PAGES = "pages";
const FILES = "files";
const MOST_PAGES = 5;
const MOST_FILES = 40;
// Where a page links its scripts and style sheets.
const LINKED = /(?:href|src)="(\/(?:static|brand)\/[^"]+)"/g;

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(begin()));

worker.addEventListener("push", (/** @type {any} */ event) => {
  /** @type {Shown} */
  const { title, body, link, tag, lang } = event.data.json();
  event.waitUntil(worker.registration.showNotification(title, { body, tag, lang, renotify: true, data: { link } }));
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.link));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(openPage(event, pathname));
  else if (/^\/(static|brand)\//.test(pathname)) event.respondWith(openFile(request));
});

/** Take the open pages over, and keep them: they were loaded before the worker was there. */
const begin = async () => {
  await worker.clients.claim();
  for (const page of await worker.clients.matchAll({ type: "window" })) {
    const answer = await fetch(page.url).catch(() => null);
    if (answer) await keepPage(new URL(page.url).pathname, answer);
  }
};

/** Answer with the page, or with the kept one if there is no network. @param {any} event @param {string} path */
const openPage = async (event, path) => {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(keepPage(path, answer.clone()));
    return answer;
  } catch (error) {
    const kept = await (await caches.open(PAGES)).match(path);
    if (kept) return kept;
    throw error;
  }
};

/** Answer with a file of a page, from the network first: only there it is sure to fit the page. @param {Request} request */
const openFile = async (request) => {
  const files = await caches.open(FILES);
  try {
    const answer = await fetch(request);
    if (answer.ok) await put(files, request.url, answer.clone(), MOST_FILES);
    return answer;
  } catch (error) {
    const kept = await files.match(request.url);
    if (kept) return kept;
    throw error;
  }
};

/** Keep a locked page with its files and the time, or forget one whose link has ended. @param {string} path @param {Response} answer */
const keepPage = async (path, answer) => {
  const pages = await caches.open(PAGES);
  if ([404, 410].includes(answer.status)) await pages.delete(path);
  if (!answer.ok || /no-store/.test(answer.headers.get("Cache-Control") ?? "no-store")) return;
  const html = await answer.text();
  const marked = html.replace("<main ", `<main data-kept="${new Date().toISOString()}" `);
  await put(pages, path, new Response(marked, answer), MOST_PAGES);
  const files = await caches.open(FILES);
  for (const [, link] of html.matchAll(LINKED)) {
    if (!(await files.match(link))) await files.add(link).catch(() => {});
  }
};

/** Store an answer as the newest of a cache with at most `most`. @param {Cache} cache @param {string} url @param {Response} answer @param {number} most */
const put = async (cache, url, answer, most) => {
  await cache.delete(url);
  await cache.put(url, answer);
  const stored = await cache.keys();
  for (const old of stored.slice(0, Math.max(0, stored.length - most))) await cache.delete(old);
};

/** Show the page of a link, in its tab if it is open. @param {string} link */
const open = async (link) => {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const path = new URL(link).pathname;
  const page = pages.find((/** @type {any} */ found) => new URL(found.url).pathname === path);
  return page ? page.focus() : worker.clients.openWindow(link);
};

/* Registration of the service worker of the customer's pages: notifications, and the last page while offline. */

const WORKER = "/notify-worker.js";
export const SCOPE = "/t/";

/** Register the worker; the browser asks for a newer one each time. */
export const register = () => navigator.serviceWorker.register(WORKER, { scope: SCOPE, updateViaCache: "none" });

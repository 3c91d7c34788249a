/* Live updates: a socket that reconnects, polling if sockets are blocked, no traffic for a hidden page. */

const SILENCE_MS = 25_000;
const HIDDEN_MS = 60_000;
const POLL_MS = 30_000;
const BUSY_MS = 60_000;
const FIRST_SPREAD_S = 5;
const TRIES_BEFORE_POLLING = 3;
// A socket is closed with 4000 more.
const GONE = [404, 410];
const BUSY = 429;

/** Back-off with full jitter, 1 to 30 s. @param {number} tries */
const wait = (tries) => 1000 + Math.random() * (Math.min(30_000, 1000 * 2 ** tries) - 1000);

/**
 * Follow a page until its link ends.
 * @param {{
 *   socket: string, page: string,
 *   onParts: (html: string, version?: number) => void,
 *   onMode: (mode: "live" | "late" | "reconnecting" | "polling" | "offline") => void,
 *   onGone: () => void,
 * }} options
 */
export const follow = (options) => {
  /** @type {WebSocket | null} */
  let socket = null;
  let tries = 0;
  let isPolling = false;
  let isResting = false;
  let isGone = false;
  /** Version of the newest frame shown. */
  let version = 0;
  /** Seconds over which clients spread when the server ends. */
  let spread = FIRST_SPREAD_S;
  let retry = 0;
  let silence = 0;
  let poll = 0;
  let rest = 0;

  const gone = () => {
    isGone = true;
    clearTimeout(poll);
    options.onGone();
  };

  const take = (/** @type {MessageEvent} */ message) => {
    const frame = JSON.parse(message.data);
    if (frame.type === "heartbeat" && frame.v > version) {
      // A frame was missed: the first frame of a new socket has all parts.
      drop();
      return connect();
    }
    tries = 0;
    spread = frame.reconnect_s ?? spread;
    isPolling = false;
    clearTimeout(poll);
    expect();
    options.onMode(frame.mode ?? "live");
    if (frame.html) {
      options.onParts(frame.html, frame.v);
      version = frame.v;
    }
  };

  /** Leave the socket without waiting for a server that may not answer. */
  const drop = () => {
    clearTimeout(silence);
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    socket = null;
  };

  const expect = () => {
    clearTimeout(silence);
    silence = setTimeout(closed, SILENCE_MS);
  };

  const connect = () => {
    clearTimeout(retry);
    if (socket || isGone || isResting) return;
    const address = new URL(options.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.onmessage = take;
    socket.onclose = (event) => closed(event.code - 4000);
    expect();
  };

  const closed = (code = 0) => {
    drop();
    if (isResting || isGone) return;
    if (GONE.includes(code)) return gone();
    tries += 1;
    const first = Math.random() * 1000 * spread;
    retry = setTimeout(connect, code === BUSY ? BUSY_MS : tries === 1 ? first : wait(tries));
    if (!isPolling) options.onMode(navigator.onLine ? "reconnecting" : "offline");
    if (tries >= TRIES_BEFORE_POLLING && !isPolling) {
      isPolling = true;
      ask();
    }
  };

  const ask = async () => {
    clearTimeout(poll);
    if (!isPolling || isResting || isGone) return;
    try {
      // The browser sends the ETag of its cached page.
      const answer = await fetch(options.page, { cache: "no-cache" });
      if (GONE.includes(answer.status)) return gone();
      if (answer.ok) {
        const html = await answer.text();
        if (isPolling) options.onMode("polling");
        options.onParts(html);
      }
    } catch {
      options.onMode(navigator.onLine ? "reconnecting" : "offline");
    }
    if (isPolling) poll = setTimeout(ask, POLL_MS);
  };

  const pause = () => {
    isResting = true;
    clearTimeout(retry);
    clearTimeout(poll);
    drop();
  };

  const wake = () => {
    clearTimeout(rest);
    isResting = false;
    if (isPolling) ask();
    connect();
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) rest = setTimeout(pause, HIDDEN_MS);
    else wake();
  });
  addEventListener("offline", () => {
    options.onMode("offline");
    if (socket) closed();
  });
  addEventListener("online", wake);
  connect();
};

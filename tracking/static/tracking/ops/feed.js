/** Connection of the console: a socket, reconnection with a delay, polling if sockets are blocked. */

/** @typedef {import("./fleet_state.js").Frame} Frame */
/**
 * @typedef {{socket: string, snapshot: string, onFrame: (frame: Frame) => void,
 *   onState: (state: "waiting" | "live" | "slow" | "lost" | "signed_out", retryInS?: number) => void}} FeedOptions
 */

/** A frame comes every four seconds at least. */
const SILENCE_MS = 20000;
const HIDDEN_MS = 60000;
const POLL_MS = 10000;
const TRIES_BEFORE_POLLING = 3;
const SIGN_IN = [4401, 4403];

/** Keep one socket open and pass every frame to `onFrame`. */
export class Feed {
  /** @param {FeedOptions} options */
  constructor(options) {
    this.options = options;
    this.tries = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {number | undefined} */
    this.watch = undefined;
    /** @type {number | undefined} */
    this.hiding = undefined;
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    window.addEventListener("online", () => this.#open());
  }

  start() {
    this.options.onState("waiting");
    this.#open();
  }

  #open() {
    clearTimeout(this.timer);
    this.#drop();
    const address = new URL(this.options.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onmessage = (message) => this.#hear(JSON.parse(message.data));
    socket.onclose = (event) => this.#onClose(socket, event.code);
    this.#expectWord();
  }

  /** @param {Frame} frame */
  #hear(frame) {
    this.tries = 0;
    this.#expectWord();
    this.options.onState("live");
    if (frame.type !== "heartbeat") this.options.onFrame(frame);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #onClose(socket, code) {
    if (socket !== this.socket) return;
    this.#drop();
    if (SIGN_IN.includes(code)) {
      this.options.onState("signed_out");
      return;
    }
    this.tries += 1;
    if (document.hidden) return;
    if (this.tries >= TRIES_BEFORE_POLLING) this.#poll();
    else this.#retryIn(Math.random() * Math.min(30000, 1000 * 2 ** this.tries));
  }

  /** @param {number} ms */
  #retryIn(ms) {
    this.options.onState("slow", Math.ceil(ms / 1000));
    this.timer = setTimeout(() => this.#open(), ms);
  }

  async #poll() {
    try {
      const answer = await fetch(this.options.snapshot, { headers: { Accept: "application/json" } });
      if (answer.status === 401) {
        this.options.onState("signed_out");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      this.options.onFrame(await answer.json());
      this.options.onState("slow", POLL_MS / 1000);
    } catch {
      this.options.onState("lost", POLL_MS / 1000);
    }
    this.timer = setTimeout(() => this.#open(), POLL_MS);
  }

  #expectWord() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.#open(), SILENCE_MS);
  }

  #drop() {
    clearTimeout(this.watch);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  #onVisibility() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.#drop(), HIDDEN_MS);
    else if (!this.socket) this.#open();
  }
}

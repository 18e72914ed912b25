// The line to the server: a WebSocket, and plain HTTP while no socket gets through.
// It says what came (`onLines`, `onTyping`, `onWaiting`) and how the line is (`onState`: "connecting", "online", "offline").

import { patience } from "./session.js";

const WELCOME_WITHIN = 8000;
const PING_EVERY = 25000;
const PONG_WITHIN = 8000;
const ACK_WITHIN = 15000;
// A request for news waits on the server; one that comes back at once with nothing must not be repeated at once.
const NEWS_WITHIN = 40000;
const POLL_PAUSE = 2500;
const PROGRESS_WITHIN = 30000;
const LONGEST_BACKOFF = 30000;
// From here on a socket that never opened counts as blocked, and the page asks over HTTP instead.
const FAILURES_BEFORE_POLLING = 2;
const NO_SESSION = 4401;

/** The server said no, for good; `reason` is its word for it. */
export class Refused extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export class Link {
  known = {};
  onLines = () => {};
  onTyping = () => {};
  onWaiting = () => {};
  onState = () => {};
  onErased = () => {};
  #facts;
  #session;
  #socket = null;
  #welcomed = false;
  #failures = 0;
  #waiting = new Map();
  #timers = {};
  #polling = false;
  #asking = null;

  /** `session` has `token`, and `renew()` that fetches another one. */
  constructor(facts, session) {
    this.#facts = facts;
    this.#session = session;
    addEventListener("online", () => this.#reconnectNow());
    addEventListener("offline", () => this.onState("offline"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#welcomed ? this.#ping() : this.#reconnectNow();
    });
  }

  /** Hang up and forget what was said; `start` begins anew. */
  stop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    this.#polling = false;
    this.#asking?.abort();
    Object.values(this.#timers).forEach(clearTimeout);
    for (const key of [...this.#waiting.keys()]) this.#settle(key, "reject", new Error("line lost"));
    this.#asking = null;
    socket?.close();
    this.known = {};
  }

  get isUp() { return this.#welcomed || this.#polling; }

  start() {
    this.onState("connecting");
    this.#connect();
  }

  /** Say hello again: the visitor has a new token, with a name in it. */
  greet() {
    if (this.#welcomed) this.#hello(this.#socket);
  }

  /** Hand over one message; resolves with its line once it is stored. Throws Refused, or any Error to try again. */
  async send(message) {
    if (!this.#welcomed) return this.#post(message);
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      const timer = setTimeout(() => this.#drop(socket), ACK_WITHIN);
      this.#waiting.set(message.key, { resolve, reject, timer });
      socket.send(JSON.stringify({ type: "send", ...message }));
    });
  }

  /** Say something that may get lost: typing, receipts. */
  signal(type, fields) {
    const body = { ...fields, at: new Date().toISOString() };
    if (this.#welcomed) this.#socket.send(JSON.stringify({ type, ...body }));
    else if (this.#polling) this.#post(body).catch(() => {});
  }

  /** Send one file; `onProgress` gets 0 to 1. Resolves with the line; throws like `send`, and where `signal` ends it. */
  upload(file, key, { onProgress, signal, answers }) {
    return new Promise((resolve, reject) => {
      const form = new FormData();
      form.append("key", key);
      form.append("at", new Date().toISOString());
      if (answers) form.append("answers", JSON.stringify(answers));
      form.append("file", file);
      const request = new XMLHttpRequest();
      request.open("POST", this.#facts.files);
      request.setRequestHeader("Authorization", `Bearer ${this.#session.token}`);
      request.responseType = "json";
      let stuck;
      const wait = () => {
        clearTimeout(stuck);
        stuck = setTimeout(() => request.abort(), PROGRESS_WITHIN);
      };
      wait();
      request.upload.onprogress = (event) => {
        wait();
        if (event.lengthComputable) onProgress(event.loaded / event.total);
      };
      request.onloadend = () => clearTimeout(stuck);
      request.onerror = request.onabort = () => reject(new Error("no connection"));
      signal.addEventListener("abort", () => request.abort());
      request.onload = () => {
        if (request.status === 201) resolve(request.response.line);
        else reject(request.response?.reason ? new Refused(request.response.reason) : new Error(`HTTP ${request.status}`));
      };
      request.send(form);
    });
  }

  /** The whole history, as a file to keep: `as` is "text" or "json". */
  async history(as) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const query = new URLSearchParams({ as, tz: zone, lang: this.#facts.language });
    const headers = { Authorization: `Bearer ${this.#session.token}` };
    const response = await fetch(`${this.#facts.history}?${query}`, { headers, credentials: "omit", cache: "no-store" });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.blob();
  }

  /** Have everything forgotten. Resolves with the server's word of it. */
  erase() {
    return this.#fetch(this.#facts.history, { method: "DELETE" });
  }

  /** The page of lines before the line `id`. */
  older(id) {
    return this.#ask(`${this.#facts.messages}?before=${id}`);
  }

  #connect() {
    clearTimeout(this.#timers.connect);
    if (this.#socket) return;
    const address = new URL(this.#facts.socket, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    let socket;
    try {
      socket = new WebSocket(address);
    } catch {
      this.#lost();
      return;
    }
    this.#socket = socket;
    this.#timers.welcome = setTimeout(() => this.#drop(socket), WELCOME_WITHIN);
    socket.onopen = () => this.#hello(socket);
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  #hello(socket) {
    socket.send(JSON.stringify({ type: "hello", token: this.#session.token, known: this.known }));
  }

  /** A socket on a dead network may take minutes to notice that it was closed: let go of it at once. */
  #drop(socket) {
    this.#closed(socket, 0);
  }

  async #closed(socket, code) {
    if (this.#socket !== socket) return;
    socket.close();
    this.#socket = null;
    this.#welcomed = false;
    clearTimeout(this.#timers.welcome);
    clearTimeout(this.#timers.ping);
    clearTimeout(this.#timers.pong);
    for (const key of [...this.#waiting.keys()]) this.#settle(key, "reject", new Error("line lost"));
    if (code === NO_SESSION) await this.#session.renew().catch(() => {});
    this.#lost();
  }

  #lost() {
    this.#failures += 1;
    if (!this.#polling) this.onState(navigator.onLine === false ? "offline" : "connecting");
    const backoff = Math.min(LONGEST_BACKOFF, 500 * 2 ** Math.min(this.#failures - 1, 6));
    this.#timers.connect = setTimeout(() => this.#connect(), backoff * (0.5 + Math.random() / 2));
    if (this.#failures >= FAILURES_BEFORE_POLLING) this.#poll();
  }

  #reconnectNow() {
    if (this.#socket) return;
    this.#failures = Math.min(this.#failures, FAILURES_BEFORE_POLLING);
    this.#connect();
  }

  #take(frame) {
    if (frame.type === "welcome") {
      this.#welcomed = true;
      this.#failures = 0;
      this.#polling = false;
      clearTimeout(this.#timers.welcome);
      clearTimeout(this.#timers.poll);
      this.#asking?.abort();
      this.#pingLater();
    }
    if (frame.type === "welcome" || frame.type === "lines") this.#show(frame);
    if (frame.type === "welcome") this.onState("online");
    if (frame.type === "ack") this.#settle(frame.key, "resolve", frame.line);
    if (frame.type === "refused") this.#refuse(frame);
    if (frame.type === "erased") this.onErased();
    if (frame.type === "typing") this.onTyping(frame.name);
    // Over HTTP there is no word of its own that the waiting is over.
    if (frame.waiting !== undefined || (this.#polling && frame.type === "lines")) this.onWaiting(frame.waiting ?? null);
    if (frame.type === "pong") clearTimeout(this.#timers.pong);
  }

  #show(frame) {
    const isFirst = !Object.keys(this.known).length;
    this.known = { ...this.known, ...frame.known };
    this.onLines(frame.lines, { isFirst, more: frame.more });
  }

  #refuse({ key, reason }) {
    if (reason !== "session") {
      this.#settle(key, "reject", new Refused(reason));
      return;
    }
    this.#settle(key, "reject", new Error("session over"));
    this.#closed(this.#socket, NO_SESSION);
  }

  #settle(key, how, value) {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    this.#waiting.delete(key);
    clearTimeout(waiting.timer);
    waiting[how](value);
  }

  #pingLater() {
    clearTimeout(this.#timers.ping);
    this.#timers.ping = setTimeout(() => this.#ping(), PING_EVERY);
  }

  #ping() {
    if (!this.#welcomed) return;
    const socket = this.#socket;
    socket.send('{"type":"ping"}');
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.#drop(socket), PONG_WITHIN);
    this.#pingLater();
  }

  async #poll() {
    clearTimeout(this.#timers.poll);
    if (this.#welcomed || this.#asking) return;
    const asking = new AbortController();
    this.#asking = asking;
    const timer = setTimeout(() => asking.abort(), NEWS_WITHIN);
    let pause = POLL_PAUSE;
    try {
      if (await this.#pollOnce(asking.signal)) pause = 0;
    } catch {
      if (!this.#welcomed && this.#polling && this.#asking === asking) {
        this.#polling = false;
        this.onState(navigator.onLine === false ? "offline" : "connecting");
      }
    }
    clearTimeout(timer);
    if (this.#asking !== asking) return;
    this.#asking = null;
    if (!this.#welcomed) this.#timers.poll = setTimeout(() => this.#poll(), pause);
  }

  /** What there is comes first and at once; from then on each request waits for news. Returns whether to go on at once. */
  async #pollOnce(signal) {
    const known = encodeURIComponent(JSON.stringify(this.known));
    const began = Date.now();
    const frame = await this.#fetch(`${this.#polling ? this.#facts.news : this.#facts.messages}?known=${known}`, { signal });
    if (this.#welcomed || signal.aborted) return false;
    const wasPolling = this.#polling;
    this.#polling = true;
    this.#take(frame);
    if (!wasPolling) this.onState("online");
    return !wasPolling || frame.type !== "lines" || frame.lines.length > 0 || Date.now() - began > POLL_PAUSE;
  }

  async #post(message) {
    const body = JSON.stringify(message);
    const answer = await this.#fetch(this.#facts.messages, { method: "POST", body });
    return answer.line;
  }

  #ask(address) {
    return this.#fetch(address, {});
  }

  async #fetch(address, options) {
    const headers = { Authorization: `Bearer ${this.#session.token}` };
    const signal = options.signal ?? patience(ACK_WITHIN);
    const response = await fetch(address, { ...options, signal, headers, credentials: "omit", cache: "no-store" });
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    if (response.status === 403) await this.#session.renew().catch(() => {});
    const isFinal = answer?.reason && response.status !== 403;
    throw isFinal ? new Refused(answer.reason) : new Error(`HTTP ${response.status}`);
  }
}

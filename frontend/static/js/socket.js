// The line to a conversation's live room: questions with answers, news, and coming back.

/**
 * @typedef {{type: string, reply_to?: string, content: any}} Frame
 * @typedef {{done: (content: any) => void, failed: (error: Refusal) => void, timer: number}} Waiting
 */

const ANSWER_WITHIN = 10000;
// A room that is there says so about every 10 s.
const SILENCE = 25000;
const LONGEST_PAUSE = 30000;
const SESSION_ENDED = 4401;
const NO_SUCH_ROOM = 4404;
const LINE_LOST = { code: "line_lost", message: "" };

/** What the server refused, or `line_lost` when no answer came. */
export class Refusal extends Error {
  /** @param {{code: string, message: string, twin?: number, retry_after?: number}} content */
  constructor({ code, message, twin, retry_after = 0 }) {
    super(message);
    this.code = code;
    this.twin = twin;
    this.after = retry_after;
  }
}

/** @returns {string} a UUID */
export function newId() {
  // Only pages from a secure origin have randomUUID; a room on a local network may not be one. The
  // address of an object in memory ends in a UUID everywhere.
  const address = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(address);
  return address.slice(-36);
}

/** Dispatches `open`, `lost`, `ended` (the session) and `news` (detail: a frame). */
export class Room extends EventTarget {
  /** @param {string} path */
  constructor(path) {
    super();
    this.address = location.origin.replace(/^http/, "ws") + path;
    this.failures = 0;
    this.isOver = false;
    // Whether the server has said when to come back.
    this.isTold = false;
    /** @type {Map<string, Waiting>} */
    this.waiting = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timer = 0;
    this.silence = 0;
    addEventListener("online", () => this.connect());
    // A socket may not notice for minutes.
    addEventListener("offline", () => this.socket && this.drop());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
  }

  get isOpen() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    this.isTold = false;
    if (this.socket || this.isOver) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onmessage = (event) => this.socket === socket && this.receive(JSON.parse(event.data));
    socket.onopen = () => {
      this.listen();
      this.dispatchEvent(new Event("open"));
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.lose(event.code);
    };
  }

  /** The server is there: no need to wait for the next attempt, unless it gave everyone a turn. */
  hurry() {
    if (!this.isTold) this.connect();
  }

  leave() {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.silence);
    if (socket) socket.close();
  }

  /** A line that is silent for so long is no line, whatever it says of itself. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.drop(), SILENCE);
  }

  /**
   * Ask, and be answered once or be told that the line was lost. Nothing is sent again from here:
   * what broke the line (a message that is too large) would break it again.
   * @param {string} type
   * @param {object} content
   * @param {string} id
   * @returns {Promise<any>}
   */
  ask(type, content, id = newId()) {
    return new Promise((done, failed) => {
      if (!this.isOpen) throw new Refusal(LINE_LOST);
      this.socket.send(JSON.stringify({ type, id, content }));
      // A line that swallows frames is no line.
      const timer = setTimeout(() => this.drop(), ANSWER_WITHIN);
      this.waiting.set(id, { done, failed, timer });
    });
  }

  /** @param {Frame} frame */
  receive(frame) {
    // One that is opened and closed again at once has not come back.
    this.failures = 0;
    this.listen();
    const waiting = frame.reply_to ? this.waiting.get(frame.reply_to) : undefined;
    if (frame.type === "reconnect") {
      this.drop(Math.random() * frame.content.within * 1000);
    } else if (!frame.reply_to) {
      this.dispatchEvent(new CustomEvent("news", { detail: frame }));
    } else if (waiting) {
      clearTimeout(waiting.timer);
      this.waiting.delete(frame.reply_to);
      if (frame.type === "ok") waiting.done(frame.content);
      else waiting.failed(new Refusal(frame.content));
    }
  }

  /** @param {number} [pause] */
  drop(pause) {
    this.leave();
    this.lose(0, pause);
  }

  /** @param {number} code @param {number} [pause] before coming back */
  lose(code, pause) {
    this.leave();
    for (const { timer, failed } of this.waiting.values()) {
      clearTimeout(timer);
      failed(new Refusal(LINE_LOST));
    }
    this.waiting.clear();
    this.isOver = code === NO_SUCH_ROOM || code === SESSION_ENDED;
    if (code === SESSION_ENDED) this.dispatchEvent(new Event("ended"));
    this.dispatchEvent(new Event("lost"));
    if (this.isOver) return;
    // Anywhere within a growing while, so that a server that comes back is not met by everyone at once.
    const longest = Math.min(LONGEST_PAUSE, 1000 * 2 ** this.failures);
    this.failures += 1;
    this.isTold = pause !== undefined;
    this.timer = setTimeout(() => this.connect(), pause === undefined ? Math.random() * longest : pause);
  }
}

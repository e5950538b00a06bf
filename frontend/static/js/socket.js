// The line to a conversation's live room: questions with answers, news, and coming back.

/**
 * @typedef {{type: string, reply_to?: string, content: any}} Frame
 * @typedef {{frame: string, again: boolean, done: (content: any) => void,
 *   failed: (error: Refusal) => void, timer: number}} Waiting
 */

const ANSWER_WITHIN = 10000;
const LONGEST_PAUSE = 30000;
const NO_SUCH_ROOM = 4404;

/** What the server refused, or `line_lost` when no answer came. */
export class Refusal extends Error {
  /** @param {{code: string, message: string, twin?: number}} content */
  constructor(content) {
    super(content.message);
    this.code = content.code;
    this.twin = content.twin;
  }
}

/** @returns {string} a UUID */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only pages from a secure origin have randomUUID; a room on a local network may not be one.
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}

/** Dispatches `open`, `lost` and `news` (detail: a frame). */
export class Room extends EventTarget {
  /** @param {string} path */
  constructor(path) {
    super();
    this.address = location.origin.replace(/^http/, "ws") + path;
    this.failures = 0;
    /** @type {Map<string, Waiting>} */
    this.waiting = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timer = 0;
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
    if (this.socket) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onopen = () => {
      this.failures = 0;
      for (const [id, waiting] of this.waiting) this.send(id, waiting);
      this.dispatchEvent(new Event("open"));
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.lose(event.code);
    };
  }

  leave() {
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
  }

  /**
   * Ask, and be answered once. What may be sent `again` is sent again when the line comes back.
   * @param {string} type
   * @param {object} content
   * @param {boolean} again
   * @param {string} id
   * @returns {Promise<any>}
   */
  ask(type, content, again, id = newId()) {
    return new Promise((done, failed) => {
      const waiting = { frame: JSON.stringify({ type, id, content }), again, done, failed, timer: 0 };
      this.waiting.set(id, waiting);
      this.send(id, waiting);
    });
  }

  /** @param {string} id @param {Waiting} waiting */
  send(id, waiting) {
    if (!this.isOpen || !this.socket) return;
    this.socket.send(waiting.frame);
    clearTimeout(waiting.timer);
    // A line that swallows frames is no line.
    waiting.timer = setTimeout(() => this.waiting.has(id) && this.drop(), ANSWER_WITHIN);
  }

  /** @param {Frame} frame */
  receive(frame) {
    const waiting = frame.reply_to ? this.waiting.get(frame.reply_to) : undefined;
    if (!frame.reply_to) {
      this.dispatchEvent(new CustomEvent("news", { detail: frame }));
    } else if (waiting) {
      clearTimeout(waiting.timer);
      this.waiting.delete(frame.reply_to);
      if (frame.type === "ok") waiting.done(frame.content);
      else waiting.failed(new Refusal(frame.content));
    }
  }

  drop() {
    this.leave();
    this.lose(0);
  }

  /** @param {number} code */
  lose(code) {
    this.socket = null;
    for (const [id, waiting] of this.waiting) {
      clearTimeout(waiting.timer);
      if (waiting.again) continue;
      this.waiting.delete(id);
      waiting.failed(new Refusal({ code: "line_lost", message: "" }));
    }
    this.dispatchEvent(new Event("lost"));
    if (code === NO_SUCH_ROOM) return;
    // Spread out, so that a server that comes back is not met by everyone at once.
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** this.failures) * (0.5 + Math.random());
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), pause);
  }
}

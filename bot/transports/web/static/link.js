// The way to the server: updates in their order, each until it is answered; and a request that waits for what is new.
// Nothing is lost or doubled: an update keeps its id however often it is sent, and each answer holds all since the last revision.

import { keep } from "./keep.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const ANSWER_WITHIN = 20_000;
const NEWS_WITHIN = 40_000;
const PAUSE = 1000;

// An answer that no repetition would change.
export class Refused extends Error {}
class NoSession extends Error {
  constructor(token) {
    super();
    this.token = token;
  }
}
class Later extends Error {
  constructor(seconds, crowded) {
    super();
    this.seconds = seconds;
    this.crowded = crowded;
  }
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Wait; but no longer than until the connection is back, or somebody looks at the page again.
function sleep(milliseconds) {
  return new Promise((done) => {
    const end = new AbortController();
    const over = () => { end.abort(); done(); };
    const timer = setTimeout(over, milliseconds);
    end.signal.addEventListener("abort", () => clearTimeout(timer));
    window.addEventListener("online", over, { signal: end.signal });
    document.addEventListener("visibilitychange", over, { signal: end.signal });
  });
}

// What stands for the conversation in its token, which is renewed from time to time.
const conversationOf = (token) => token.split(".")[0];

export class Link {
  // onNews: called with each answer. onState: with "" when all is well, "offline" or "crowded". onLost: when the token is good no more.
  constructor({ onNews, onState, onLost }) {
    Object.assign(this, { onNews, onState, onLost });
    this.revision = 0;
    this.conversation = "";
    this.last = Promise.resolve();
    this.opening = null;
    this.waiting = null;
  }

  // Whether another tab has begun another conversation, or ended this one.
  get overtaken() {
    return this.conversation !== "" && conversationOf(keep.token) !== this.conversation;
  }

  // Send an update after those before it; its answer. Tries again until there is one. Throws Refused.
  send(update) {
    const answer = this.last.then(() => this.until(() => this.post(update)));
    this.last = answer.catch(() => {});
    return answer;
  }

  // Wait for what is new, for ever. Without a conversation, wait for one.
  async listen() {
    for (;;) {
      if (keep.token) {
        const began = performance.now();
        const more = await this.until(() => this.news()).catch(() => false);
        if (!more && performance.now() - began < PAUSE) await sleep(PAUSE); // the server is leaving, or just starting
      } else {
        await new Promise((begun) => { this.begun = begun; });
      }
    }
  }

  // Begin anew: another conversation, of which nothing is known yet.
  reset() {
    this.revision = 0;
    this.conversation = "";
    this.waiting?.abort();
  }

  async until(request) {
    let wait = FIRST_WAIT;
    for (;;) {
      try {
        const answer = await request();
        this.onState("");
        return answer;
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (error instanceof NoSession) {
          if (error.token === keep.token) this.onLost();
          continue;
        }
        if (error.name === "AbortError") continue;
        this.onState(error instanceof Later && error.crowded ? "crowded" : "offline");
        await sleep(error instanceof Later && error.seconds ? error.seconds * 1000 : wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  async post(update) {
    const token = await this.token();
    const body = { ...update, since: this.revision, language: navigator.language };
    const answer = await this.request("api/updates", ANSWER_WITHIN, { token, body });
    if (!answer.goodbye) this.take(answer, token);
    return answer;
  }

  // Whether there was any.
  async news() {
    const token = keep.token;
    if (!token) return false;
    this.waiting = new AbortController();
    const answer = await this.request(`api/messages?since=${this.revision}`, NEWS_WITHIN, { token, signal: this.waiting.signal });
    this.take(answer, token);
    return answer.messages.length > 0;
  }

  take(answer, token) {
    if (conversationOf(token) !== conversationOf(keep.token)) return; // it is over
    if (answer.token) keep.token = answer.token;
    this.conversation = conversationOf(token);
    this.onNews(answer);
    this.revision = Math.max(this.revision, answer.revision);
  }

  // The token, made if there is none yet; asked for once, however many want it.
  async token() {
    if (!keep.token) {
      this.opening ??= this.request("api/session", ANSWER_WITHIN, { body: {} }).finally(() => { this.opening = null; });
      const { token } = await this.opening;
      if (!keep.token) keep.token = token;
      this.begun?.();
    }
    return keep.token;
  }

  // A file of this conversation. Throws what came instead.
  file(address) {
    return this.request(address, NEWS_WITHIN, { token: keep.token, read: (answer) => answer.blob() });
  }

  async request(address, within, { token, body, signal, read = (answer) => answer.json() }) {
    const headers = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body ? { "Content-Type": "application/json" } : {}) };
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Later(0, false)), within);
    signal?.addEventListener("abort", () => limit.abort(signal.reason));
    try {
      const answer = await fetch(address, {
        method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal: limit.signal, credentials: "omit",
      });
      if (answer.ok) return await read(answer);
      if (answer.status === 401) throw new NoSession(token);
      if (answer.status === 429 || answer.status > 500) throw new Later(Number(answer.headers.get("Retry-After")), answer.status === 429);
      throw new Refused(`${answer.status}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

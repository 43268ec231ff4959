/* What was typed and is not saved yet. Nothing leaves it but by the program's answer.

     hold(field, value, seen)   being typed: kept over the lock screen, not sent
     put(field, value, seen)    to be saved, after what was put before
     explain(field, reason)     a refused one again, with a reason
     drop(field)                given up by the person

   A wish is sent with a token of its own until the program has answered, so one that was saved
   while its answer was lost is not saved twice. One that the program refuses stays, with the reason,
   until the person types something else. All wishes are kept in the tab's storage; opening the page
   again takes them up. Signing out forgets them: the shell drops everything that begins with
   "drafts:".

   Events: "change" with {field, wish}: wish.state is typing | waiting | sending | refused;
           "saved" with {field, value, data, last}: what was saved, the program's answer, and
           whether nothing else was typed there meanwhile;
           "delayed" with {error}: no answer, or not now; it goes on by itself. */

import { send } from "/static/shell/request.js";

const PAUSES_MS = [300, 700, 1500, 3000, 6000, 12000];
const UNSENT = new Set(["waiting", "sending"]);

export class Outbox extends EventTarget {
  #url;
  #key;
  #wishes = new Map();
  #running = false;
  #failures = 0;

  constructor(url, page) {
    super();
    this.#url = url;
    this.#key = `drafts:outbox:${page}`;
  }

  get unsaved() {
    return [...this.#wishes.values()].filter((wish) => wish.state !== "refused").length;
  }

  get refused() {
    return [...this.#wishes.values()].filter((wish) => wish.state === "refused");
  }

  wish(field) {
    return this.#wishes.get(field);
  }

  /* Take up what an earlier life of this page left; returns the wishes. */
  restore() {
    const text = sessionStorage.getItem(this.#key);
    if (text === null) return [];
    for (const wish of JSON.parse(text)) {
      if (wish.state !== "refused") wish.state = "waiting";
      this.#wishes.set(wish.field, wish);
    }
    this.#run();
    return [...this.#wishes.values()];
  }

  hold(field, value, seen) {
    this.#change(field, value, seen, "typing");
  }

  put(field, value, seen) {
    this.#change(field, value, seen, "waiting");
    this.#run();
  }

  /* Send a refused wish again, with the reason that was missing. */
  explain(field, reason) {
    const wish = this.#wishes.get(field);
    if (wish?.state !== "refused") return;
    this.#wishes.set(field, { field, value: wish.value, seen: wish.seen, token: newToken(), state: "waiting", tries: 0, reason });
    this.#keep();
    this.#tell(this.#wishes.get(field));
    this.#run();
  }

  /* Save what is only held. */
  commit(field) {
    const wish = this.#wishes.get(field);
    if (wish?.state !== "typing") return;
    wish.state = "waiting";
    this.#keep();
    this.#tell(wish);
    this.#run();
  }

  drop(field) {
    const wish = this.#wishes.get(field);
    if (!wish || wish.state === "sending") return;
    this.#wishes.delete(field);
    this.#keep();
  }

  /* The page goes away: everything is handed to the browser, which sends it on its own. What is
     under way is sent again, because the browser may break it off; the token makes it one save. */
  sendAway() {
    for (const wish of this.#wishes.values()) {
      if (wish.state !== "refused") send(this.#url, { json: body(wish), keepalive: true });
    }
  }

  #change(field, value, seen, state) {
    const wish = this.#wishes.get(field);
    if (wish?.state === "sending") {
      // Its answer decides what the next one must have seen.
      wish.next = value;
    } else if (wish && wish.tries > 0 && wish.state === "waiting") {
      // It may have been saved already: the same token must not stand for another value.
      wish.next = value;
    } else {
      this.#wishes.delete(field);
      this.#wishes.set(field, { field, value, seen, token: newToken(), state, tries: 0 });
    }
    this.#keep();
    this.#tell(this.#wishes.get(field));
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let wish = this.#first(); wish; wish = this.#first()) await this.#send(wish);
    } finally {
      this.#running = false;
    }
  }

  #first() {
    return [...this.#wishes.values()].find((wish) => UNSENT.has(wish.state));
  }

  async #send(wish) {
    wish.state = "sending";
    wish.tries += 1;
    this.#keep();
    this.#tell(wish);
    const answer = await send(this.#url, { json: body(wish) });
    if (answer.ok) {
      this.#failures = 0;
      this.#saved(wish, answer.data);
    } else if (answer.status === 0 || answer.status === 429 || answer.status >= 500) {
      await this.#later(wish, answer.error);
    } else {
      this.#refused(wish, answer.error);
    }
  }

  #saved(wish, data) {
    this.#wishes.delete(wish.field);
    const last = !("next" in wish);
    if (!last) {
      const seen = data.fields[wish.field]?.seen ?? wish.seen;
      const { field, next } = wish;
      this.#wishes.set(field, { field, value: next, seen, token: newToken(), state: "waiting", tries: 0 });
    }
    this.#keep();
    this.dispatchEvent(new CustomEvent("saved", { detail: { field: wish.field, value: wish.value, data, last } }));
    if (!last) this.#tell(this.#wishes.get(wish.field));
  }

  #refused(wish, error) {
    if ("next" in wish) {
      const { field, next, seen } = wish;
      this.#wishes.set(field, { field, value: next, seen, token: newToken(), state: "waiting", tries: 0 });
    } else {
      wish.state = "refused";
      wish.error = error;
    }
    this.#keep();
    this.#tell(this.#wishes.get(wish.field));
  }

  async #later(wish, error) {
    wish.state = "waiting";
    this.#keep();
    this.dispatchEvent(new CustomEvent("delayed", { detail: { error } }));
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)];
    this.#failures += 1;
    await new Promise((done) => setTimeout(done, pause));
  }

  #tell(wish) {
    this.dispatchEvent(new CustomEvent("change", { detail: { field: wish.field, wish } }));
  }

  #keep() {
    const wishes = [...this.#wishes.values()];
    if (wishes.length > 0) sessionStorage.setItem(this.#key, JSON.stringify(wishes));
    else sessionStorage.removeItem(this.#key);
  }
}

function body({ field, value, seen, token, reason }) {
  return reason === undefined ? { field, value, seen, token } : { field, value, seen, token, reason };
}

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

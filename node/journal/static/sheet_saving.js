/* Saves cells one by one and never loses one: each wish has a token of its own, is sent again with
   it until there is an answer, and is kept in the tab's storage meanwhile, so that a lock screen or
   a reload only delays it. Wishes of one cell go in their order, those of several side by side. */

import { csrfToken, send } from "../shell/request.js";

const SIDE_BY_SIDE = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const LOOK_EVERY_MS = 3_000;
const LOOKS_TILL_ALL = 5; // so often it is asked what others changed, too: a dispute, a decision

export class Saving {
  /* events: {changed(cell), refused(cell, wish, answer), met(cell, wish, answer), trouble(boolean)} */
  constructor(sheet, events) {
    this.sheet = sheet;
    this.events = events;
    this.url = sheet.table.dataset.cellUrl;
    this.statesUrl = sheet.table.dataset.statesUrl;
    // "drafts:" is what the shell forgets at sign-out.
    this.storageKey = `drafts:${document.body.dataset.account}:${location.pathname}:cells`;
    this.waiting = []; // cells with wishes, none of them on its way
    this.running = 0;
    this.failures = 0;
    this.looking = false;
    this.looks = 0;
    this.since = sheet.table.dataset.since; // what was told of changes by others
    this.later = new Set(); // cells told of while somebody wrote in them
    addEventListener("pagehide", () => this.#sendLast());
    setInterval(() => this.look(), LOOK_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.look());
  }

  get unsaved() {
    let count = 0;
    for (const cell of this.sheet.byKey.values()) count += cell.wishes.length;
    return count;
  }

  /* Save something into a cell. body: {typed} | {wish} | {comment}; shows: how it looks till then. */
  add(cell, body, shows, more = {}) {
    cell.wishes.push({ token: crypto.randomUUID(), body, shows, seen: null, ...more });
    this.#enter(cell);
    this.#keep();
  }

  /* Go on with what an earlier life of this page could not finish; returns how many. */
  resume() {
    const kept = JSON.parse(sessionStorage.getItem(this.storageKey) ?? "[]");
    for (const { key, ...wish } of kept) {
      const cell = this.sheet.cellOfKey(key);
      cell.wishes.push(wish);
      this.#enter(cell);
    }
    return kept.length;
  }

  /* Ask how the cells stand that are not on the server yet, and what was changed by others. */
  async look() {
    if (this.looking || document.hidden) return;
    this.looks += 1;
    const keys = new Set(this.later);
    for (const cell of this.#everyKnown()) {
      if (cell.stored.state === "here" && cell.wishes.length === 0) keys.add(cell.key);
    }
    if (keys.size === 0 && this.looks % LOOKS_TILL_ALL !== 0) return;
    this.looking = true;
    const answer = await send(this.statesUrl, { json: { cells: [...keys], since: this.since }, passive: true });
    this.looking = false;
    if (!answer.ok) return;
    this.since = answer.data.since;
    this.later.clear();
    for (const [key, stored] of Object.entries(answer.data.cells)) this.#told(this.sheet.cellOfKey(key), stored);
    for (const [student, figures] of Object.entries(answer.data.rows)) this.sheet.showTotals(student, figures);
  }

  #told(cell, stored) {
    if (!cell.element || JSON.stringify(stored) === JSON.stringify(cell.stored)) return;
    // What somebody is writing is newer, and was meant for what they saw.
    if (cell.wishes.length > 0 || cell.typing !== null || cell.conflict || cell.refused) {
      this.later.add(cell.key);
      return;
    }
    cell.stored = stored;
    this.events.changed(cell);
  }

  *#everyKnown() {
    for (const element of this.sheet.table.querySelectorAll("td[data-cell*='\"here\"']")) this.sheet.cellOf(element);
    yield* this.sheet.byKey.values();
  }

  #enter(cell) {
    this.events.changed(cell);
    if (cell.isSaving || this.waiting.includes(cell)) return;
    this.waiting.push(cell);
    this.#next();
  }

  #next() {
    while (this.running < SIDE_BY_SIDE && this.waiting.length > 0) {
      this.running += 1;
      const cell = this.waiting.shift();
      cell.isSaving = true;
      this.#saveAll(cell).finally(() => {
        cell.isSaving = false;
        this.running -= 1;
        this.#next();
      });
    }
  }

  async #saveAll(cell) {
    while (cell.wishes.length > 0) {
      const wish = cell.wishes[0];
      wish.seen ??= cell.seen;
      const answer = await send(this.url, { json: request(cell, wish) });
      if (mayHaveFailedOnItsWay(answer)) {
        this.failures += 1;
        this.events.trouble(true);
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS));
        continue;
      }
      if (this.failures > 0) this.events.trouble(false);
      this.failures = 0;
      cell.wishes.shift();
      this.#take(cell, wish, answer);
      this.#keep();
    }
  }

  #take(cell, wish, answer) {
    const { data, error } = answer;
    if (data?.cell) {
      cell.stored = data.cell;
      this.sheet.showTotals(cell.key.split(":")[3], data.row);
    }
    if (answer.ok) {
      this.events.changed(cell);
    } else if (error.code === "changed_meanwhile" && error.params.field !== "comment") {
      // What was typed after it was meant for a cell that is not there any more.
      const mine = cell.wishes.at(-1) ?? wish;
      cell.wishes = [];
      this.events.met(cell, mine, data);
    } else {
      this.events.refused(cell, wish, error);
    }
  }

  #keep() {
    const kept = [];
    for (const cell of this.sheet.byKey.values()) {
      for (const wish of cell.wishes) kept.push({ key: cell.key, ...wish });
    }
    if (kept.length > 0) sessionStorage.setItem(this.storageKey, JSON.stringify(kept));
    else sessionStorage.removeItem(this.storageKey);
  }

  /* The page goes away: send what has no answer yet once more; the token keeps it from doubling. */
  #sendLast() {
    this.#keep();
    for (const cell of this.sheet.byKey.values()) {
      const [wish] = cell.wishes;
      if (!wish) continue;
      wish.seen ??= cell.seen;
      fetch(this.url, {
        method: "POST",
        keepalive: true,
        credentials: "same-origin",
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify(request(cell, wish)),
      }).catch(() => {}); // Nobody is here any more to be told; the tab's storage has it.
    }
  }
}

function request(cell, wish) {
  return { cell: cell.key, token: wish.token, seen: wish.seen, ...wish.body };
}

function mayHaveFailedOnItsWay({ status }) {
  return status === 0 || status === 429 || status >= 500;
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

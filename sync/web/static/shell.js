/* What every page does: lock when nobody is there, keep drafts over the lock screen, keep the line at
   the foot up to date.

   The server locks by itself, too; this module only sees to it that an abandoned screen shows
   nothing, and tells the server that somebody is typing when no other request does. */

import { csrfToken, here, lockedPage, send } from "./request.js";

const DRAFTS = "drafts:";
const TELL_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
const ASK_LINE_EVERY_MS = 5_000;
const ASK_AGAIN_MS = 2_000;

const { account, idleSeconds, lockUrl, activeUrl } = document.body.dataset;

if (account) {
  restoreDrafts();
  watchForIdleness(Number(idleSeconds) * 1000);
  document.addEventListener("shell:leaving", keepDrafts);
  document.querySelector("form[data-lock]")?.addEventListener("submit", keepDrafts);
  followLine(document.getElementById("status-line"));
}

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", forgetDrafts);
}

// A page out of the browser's memory may be older than a lock: ask the server anew.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function watchForIdleness(limit) {
  let seen = Date.now();
  let told = seen;
  const notice = () => {
    seen = Date.now();
    if (seen - told < TELL_EVERY_MS) return;
    told = seen;
    send(activeUrl);
  };
  for (const kind of ["keydown", "input", "pointerdown", "wheel", "touchmove"]) {
    addEventListener(kind, notice, { passive: true, capture: true });
  }
  // Timers stand still while a PC sleeps, so the clock is asked and not a long timer.
  const look = () => {
    if (Date.now() - seen >= limit) lock();
  };
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
}

let locking = false;

function lock() {
  if (locking) return;
  locking = true;
  keepDrafts();
  document.dispatchEvent(new CustomEvent("shell:leaving"));
  // Empty at once: the screen must not stay as it is while the program does not answer.
  document.body.replaceChildren();
  document.title = "";
  askForLock();
}

async function askForLock() {
  const form = new URLSearchParams({ csrf_token: csrfToken(), next: here() });
  try {
    await fetch(lockUrl, { method: "POST", body: form, redirect: "manual" });
  } catch {
    setTimeout(askForLock, ASK_AGAIN_MS);
    return;
  }
  location.replace(lockedPage());
}

function draftFields() {
  return document.querySelectorAll("textarea[data-draft], input[data-draft]");
}

function draftKey() {
  return `${DRAFTS}${account}:${location.pathname}`;
}

function keepDrafts() {
  const kept = {};
  for (const field of draftFields()) {
    if (field.value !== field.defaultValue) kept[field.dataset.draft] = field.value;
  }
  if (Object.keys(kept).length > 0) sessionStorage.setItem(draftKey(), JSON.stringify(kept));
}

function restoreDrafts() {
  const text = sessionStorage.getItem(draftKey());
  if (text === null) return;
  sessionStorage.removeItem(draftKey());
  const kept = JSON.parse(text);
  for (const field of draftFields()) {
    if (!(field.dataset.draft in kept)) continue;
    field.value = kept[field.dataset.draft];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(DRAFTS)) sessionStorage.removeItem(key);
  }
}

function followLine(line) {
  if (!line?.dataset.pollUrl) return;
  const text = line.querySelector("[data-text]");
  setInterval(async () => {
    if (document.hidden) return;
    const { ok, data } = await send(line.dataset.pollUrl, { method: "GET", passive: true });
    if (!ok) return;
    // Written only when it differs, because a screen reader says every change.
    if (text.textContent !== data.text) text.textContent = data.text;
    line.dataset.state = data.state;
  }, ASK_LINE_EVERY_MS);
}

/* The page of a lesson: every field saves by itself, everything goes by keyboard.

   Without this module the page is one form with a button; see lesson.html. */

import { send } from "/static/shell/request.js";
import { askReason } from "./ask_reason.js";
import { fieldsOf, sentence } from "./fields.js";
import { Outbox } from "./outbox.js";
import { Plan } from "./plan.js";
import { ClassList } from "./students.js";

const IDLE_SAVE_MS = 4_000;
const LOOK_SOON_MS = 4_000;
const LOOK_LATER_MS = 30_000;

const form = document.getElementById("lesson");
const words = JSON.parse(form.dataset.words);
const fields = fieldsOf(form, words);
const outbox = new Outbox(form.dataset.saveUrl, `${document.body.dataset.account}:${location.pathname}`);
const saveWords = document.getElementById("save-words");
const timers = new Map();
const conflicts = new Set();

form.classList.add("is-scripted");

// ------------------------------------------------------------------------------ saving

/* Something was typed into a field. */
function changed(field) {
  conflicts.delete(field.name);
  if (field.isChanged) outbox.hold(field.name, field.text, field.was.seen);
  else giveUp(field);
}

/* Save a field if something in it is not saved. */
function saveNow(field) {
  clearTimeout(timers.get(field.name));
  if (conflicts.has(field.name)) return;
  outbox.commit(field.name);
}

/* Back to what the program said; false if there was nothing to give up. */
function giveUp(field) {
  const wish = outbox.wish(field.name);
  conflicts.delete(field.name);
  if (wish?.state === "sending") return false;
  const had = wish !== undefined || field.isChanged;
  outbox.drop(field.name);
  if (had) field.reset();
  if (outbox.unsaved === 0) say("", "");
  return had;
}

/* Enter on a field that was changed elsewhere: mine, all the same. */
function confirm(field) {
  if (!conflicts.delete(field.name)) return false;
  outbox.put(field.name, field.text, field.was.seen);
  return true;
}

function say(text, state) {
  saveWords.textContent = text;
  saveWords.dataset.state = state;
}

function sayRefused(wish) {
  const field = fields.get(wish.field);
  const text = conflicts.has(wish.field) ? field.input.title || field.message?.textContent : sentence(wish.error);
  say((field ? nameOf(field) : "") + text, "refused");
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

outbox.addEventListener("change", ({ detail: { field: name, wish } }) => {
  const field = fields.get(name);
  if (wish.state === "refused" && wish.error.code === "reason_needed") {
    askWhy(name, field, wish);
    return;
  }
  if (!field) {
    if (wish.state === "refused") say(sentence(wish.error), "refused");
    return;
  }
  field.showWish(wish);
  if (wish.state !== "refused") return;
  if (wish.error.code === "changed_meanwhile") askAgain(field);
  else sayRefused(wish);
});

outbox.addEventListener("delayed", ({ detail: { error } }) => {
  say(error.code === "no_answer" ? words.no_answer : sentence(error), "refused");
});

outbox.addEventListener("saved", ({ detail: { field, value, data, last } }) => {
  if (field.startsWith("work") && field !== "work_kind") {
    location.reload();
    return;
  }
  take(data, { field, value, last });
  if (outbox.unsaved > 0) return;
  const [stillRefused] = outbox.refused;
  if (stillRefused) {
    sayRefused(stillRefused);
    return;
  }
  say(fill(words.saved_here, { time: data.told_at }), "here");
});

/* The value was decided: it is changed with a reason, or not at all. */
async function askWhy(name, field, wish) {
  field?.showWish(wish);
  const shown = typeof wish.value === "string" ? wish.value || words.nothing : "";
  const reason = await askReason(words, (field ? nameOf(field) : "") + shown);
  if (reason !== null) {
    outbox.explain(name, reason);
  } else if (field) {
    giveUp(field);
    // The next key means a new value, as whenever one comes to a cell.
    if (document.activeElement === field.input) field.input.select();
  } else {
    outbox.drop(name);
  }
}

/* Somebody else has written there: show theirs beside ours, and let the person choose. */
async function askAgain(field) {
  const answer = await send(form.dataset.fieldsUrl, { method: "GET", passive: true });
  if (!answer.ok) return;
  const told = answer.data.fields[field.name];
  field.take(told, { keepText: true });
  conflicts.add(field.name);
  const text = fill(words.conflict, { theirs: told.text || words.nothing });
  field.say(text);
  say(nameOf(field) + text, "refused");
}

function nameOf(field) {
  const name = field.input?.getAttribute("aria-label");
  return name ? `${name}: ` : "";
}

// ------------------------------------------------------------- what the program says

/* Show the fields as the program has them; what is being typed is left alone. `saved` is the save
   that this answers: what was sent is shown as the program writes it («н» becomes «Н»). */
function take(data, saved = null) {
  for (const [name, told] of Object.entries(data.fields)) {
    const field = fields.get(name);
    if (!field) continue;
    const wish = outbox.wish(name);
    const focused = field.input !== null && document.activeElement === field.input;
    const answered = saved?.field === name && saved.last && field.input !== null && field.text === saved.value;
    // In a text a space may just have been typed at the end; a cell shows what was understood.
    const typing = focused && (field.kind !== "cell" || (field.isChanged && !answered));
    field.take(told, { keepText: wish !== undefined || typing });
    if (focused && answered && field.kind === "cell") field.input.select();
    if (wish) field.showWish(wish);
    if (name.startsWith("presence:")) list?.showPresence(field);
  }
  showRollCall(data);
  showOffers(data);
  for (const row of form.querySelectorAll("[data-student]")) {
    row.classList.toggle("is-implausible", data.implausible.includes(row.dataset.student));
  }
  for (const column of data.columns) {
    const head = form.querySelector(`[data-column="${column.id}"] [data-column-weight]`);
    if (head) head.textContent = column.weight;
  }
}

function showRollCall(data) {
  const rollCall = fields.get("roll_call");
  const done = rollCall.was.seen.roll_call;
  const text = done === null ? words.roll_call_open : done === 0 ? words.roll_call_done_all : words.roll_call_done;
  rollCall.place.querySelector("[data-roll-call-text]").textContent = fill(text, { count: done });
  const button = data.absent === 0 ? words.roll_call_all : words.roll_call_some;
  rollCall.place.querySelector("[data-roll-call-button]").textContent = fill(button, { count: data.absent });
  form.querySelector("[data-take=roll_call]").hidden = done !== null;
  form.querySelector("[data-take=undo_roll_call]").hidden = done === null;
}

function showOffers({ taken, offered, homework_offered: homework }) {
  const hint = form.querySelector("[data-taken]");
  hint.hidden = taken === null;
  hint.querySelector("[data-taken-position]").textContent = taken?.position ?? "";
  const topicOffer = form.querySelector("[data-offer=topic]");
  if (topicOffer) {
    topicOffer.hidden = offered === null || taken !== null;
    if (offered) topicOffer.querySelector("[data-offered]").textContent = `${offered.position}. ${offered.title}`;
    topicOffer.dataset.topic = offered?.id ?? "";
  }
  form.querySelector("[data-offer=homework]").hidden = homework === null;
  form.querySelector("[data-homework-offered]").textContent = homework ?? "";
}

async function look() {
  if (document.hidden || outbox.unsaved > 0) return;
  const answer = await send(form.dataset.fieldsUrl, { method: "GET", passive: true });
  if (answer.ok && outbox.unsaved === 0) take(answer.data);
}

function lookRegularly() {
  const waits = [...fields.values()].some((field) => field.state === "here");
  setTimeout(async () => {
    await look();
    lookRegularly();
  }, waits ? LOOK_SOON_MS : LOOK_LATER_MS);
}

// ------------------------------------------------------------------------------ fields

for (const field of fields.values()) {
  if (field.kind === "choice") {
    field.input.addEventListener("change", () => {
      outbox.put(field.name, field.text, field.was.seen);
    });
  }
  if (field.kind !== "line" && field.kind !== "text") continue;
  field.input.addEventListener("input", () => {
    changed(field);
    clearTimeout(timers.get(field.name));
    timers.set(field.name, setTimeout(() => saveNow(field), IDLE_SAVE_MS));
  });
  field.input.addEventListener("blur", () => saveNow(field));
}

const topic = fields.get("topic");
const homework = fields.get("homework");

// Before the handlers below, so that the open list takes its keys first.
const plan = new Plan(topic.input, (chosen) => takeTopic(chosen.id, chosen.title));

for (const field of fields.values()) {
  if (field.kind !== "line" && field.kind !== "text") continue;
  field.input.addEventListener("keydown", (event) => {
    const enter = event.key === "Enter" && (field.kind === "line" || event.ctrlKey || event.metaKey);
    if (enter) {
      event.preventDefault();
      plan.close();
      if (!confirm(field)) saveNow(field);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (!giveUp(field)) leave();
    }
  });
}

function takeTopic(id, title) {
  topic.input.value = title;
  outbox.drop("topic");
  clearTimeout(timers.get("topic"));
  outbox.put("plan_topic", id, topic.was.seen);
}

const takes = {
  topic(button) {
    const offer = button.closest("[data-offer]");
    const first = plan.topics.find((one) => one.left > 0);
    const id = offer.dataset.topic ?? offeredAtFirst ?? first?.id;
    const found = plan.topics.find((one) => one.id === id);
    if (found) takeTopic(found.id, found.title);
  },
  homework() {
    const text = form.querySelector("[data-homework-offered]").textContent;
    homework.input.value = text;
    outbox.put("homework", text, homework.was.seen);
  },
  roll_call() {
    const stated = {};
    for (const [name, field] of fields) {
      if (name.startsWith("presence:")) stated[name.slice("presence:".length)] = field.text;
    }
    outbox.put("roll_call", stated, fields.get("roll_call").was.seen);
  },
  undo_roll_call() {
    outbox.put("roll_call", null, fields.get("roll_call").was.seen);
  },
  work() {
    const { new_work_kind: kind, new_weight: weight, work_title: title } = form.elements;
    const wished = weight.value === "" ? null : Number(weight.value);
    outbox.put("work", { title: title.value, work_kind: kind.value, weight: wished }, {});
  },
  remove_work(button) {
    outbox.put(`work:${button.dataset.columnId}`, null, {});
  },
};

const offeredAtFirst = form.querySelector("[data-offer=topic]")?.dataset.topic;

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-take]");
  if (button) takes[button.dataset.take](button);
});

// -------------------------------------------------------------------------- class list

const table = form.querySelector("table.students");
const list = table
  ? new ClassList(table, fields, {
      absenceLetters: JSON.parse(form.dataset.absenceLetters),
      markTexts: JSON.parse(form.dataset.markTexts),
      act: { saveNow, changed, giveUp, confirm, leave },
    })
  : null;
for (const [name, field] of fields) {
  if (name.startsWith("presence:")) list?.showPresence(field);
}

// --------------------------------------------------------------------------- the page

function leave() {
  document.getElementById("main").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select")) return;
  for (const target of form.querySelectorAll("[data-keys]")) {
    if (!target.dataset.keys.includes(event.key.toLowerCase()) || event.key.length !== 1) continue;
    event.preventDefault();
    if (target.localName === "button") {
      if (!target.disabled && target.closest("[hidden]") === null) target.click();
    } else {
      list?.focusFirst();
    }
  }
});

addEventListener("pagehide", () => outbox.sendAway());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return;
  for (const field of fields.values()) saveNow(field);
});

const restored = outbox.restore();
for (const wish of restored) {
  const field = fields.get(wish.field);
  if (!field) continue;
  if (field.input !== null) field.input.value = wish.next ?? wish.value;
  field.showWish(wish);
}
// What was typed before this module was here.
for (const field of fields.values()) {
  if (field.input === null || !field.isChanged || outbox.wish(field.name)) continue;
  changed(field);
  saveNow(field);
}
if (restored.some((wish) => wish.state !== "refused")) say(words.restored, "typing");
lookRegularly();

// Who comes from the list of what was not accepted comes for one field.
const wanted = fields.get(decodeURIComponent(location.hash.slice(1)))?.input;
if (wanted) {
  wanted.scrollIntoView({ block: "center" });
  wanted.focus({ preventScroll: true });
}

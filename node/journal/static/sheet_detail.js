/* The detail of a cell: what it says in full, what may be chosen, the comment, the history. It opens
   beside the sheet and does not hold anybody: Esc leads back to the cell. */

import { send } from "../shell/request.js";
import { plain } from "./sheet_cells.js";

export class Detail {
  /* ways: {url, choose(cell, body, looks, more), back()} */
  constructor(panel, ways) {
    this.panel = panel;
    this.ways = ways;
    this.cell = null;
    panel.addEventListener("click", (event) => this.#clicked(event));
    panel.addEventListener("submit", (event) => this.#saveComment(event));
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
      else if (event.key === "Enter" && event.ctrlKey) event.target.form?.requestSubmit();
    });
  }

  async open(cell) {
    this.cell = cell;
    const answer = await send(`${this.ways.url}&cell=${encodeURIComponent(cell.key)}`, { method: "GET" });
    if (this.cell !== cell) return;
    const text = answer.ok ? answer.data.html : "";
    // The piece was made by the program that made the page, with everything typed in it escaped.
    this.panel.innerHTML = text;
    if (!answer.ok) this.panel.textContent = [answer.error.message, answer.error.next_step].join(" ");
    this.panel.hidden = false;
    // Not a choice: who still holds the key that opened this must not choose by it.
    const first = this.panel.querySelector("[data-first]") ?? this.panel.querySelector("textarea");
    (first ?? this.panel.querySelector("[data-close]"))?.focus();
  }

  #close() {
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.cell = null;
    this.ways.back();
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-close")) this.#close();
    else if (button.dataset.wish) this.#choose(JSON.parse(button.dataset.wish), button);
    else if (button.hasAttribute("data-late")) this.#late();
  }

  #choose(wish, button) {
    const shown = button.querySelector("b")?.textContent ?? "";
    const looks = "mark" in wish ? { mark: shown, mark_name: button.title } : { sign: shown, sign_name: button.title };
    this.ways.choose(this.cell, { wish }, looks);
    this.#close();
  }

  #late() {
    const field = this.panel.querySelector("#sheet-minutes");
    if (!field.reportValidity() || field.value === "") return;
    const minutes = Number(field.value);
    const late = this.panel.querySelector("[data-wish*='\"late\"']");
    const looks = { sign: late.querySelector("b").textContent, sign_name: late.title };
    this.ways.choose(this.cell, { wish: { absence: "late", minutes } }, looks);
    this.#close();
  }

  #saveComment(event) {
    event.preventDefault();
    const field = this.panel.querySelector("textarea");
    const comment = field.value.trim();
    if (comment !== field.defaultValue.trim()) {
      const seen = { ...this.cell.seen, comment: field.defaultValue || null };
      this.ways.choose(this.cell, { comment }, {}, { seen, text: plain({ raw: comment }) });
    }
    this.#close();
  }
}

/* The topic's field with the plan under it: type to search, arrows to choose, Enter to take.

   What is typed and is in no plan stays as it is: a topic in the teacher's own words. */

const MOST_SHOWN = 9;

function folded(text) {
  return text.toLowerCase().replaceAll("ё", "е");
}

export class Plan {
  /* onTake(option): a topic was chosen. */
  constructor(input, onTake) {
    this.input = input;
    this.onTake = onTake;
    this.topics = [...input.list.options].map((option) => ({
      id: option.dataset.id,
      title: option.value,
      position: option.dataset.position,
      left: Number(option.dataset.left),
      key: folded(option.value),
    }));
    // The browser's own list knows neither numbers nor what was taken.
    input.removeAttribute("list");
    this.list = this.#makeList();
    this.shown = [];
    this.chosen = -1;
    input.addEventListener("input", () => this.#open(input.value));
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    this.list.hidden = true;
    this.chosen = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #makeList() {
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = "plan-topics";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", this.input.labels[0].textContent.trim());
    list.hidden = true;
    const frame = document.createElement("div");
    frame.className = "topic-field";
    this.input.replaceWith(frame);
    frame.append(this.input, list);
    this.input.setAttribute("aria-controls", list.id);
    // Before the field loses the focus, or the list would be gone when the click arrives.
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) this.#take(Number(item.dataset.place));
    });
    return list;
  }

  #open(text) {
    const words = folded(text).split(/\s+/).filter(Boolean);
    const fits = this.topics.filter((topic) =>
      words.every((word) => topic.key.includes(word) || topic.position === word),
    );
    const due = fits.filter((topic) => topic.left > 0);
    const taken = fits.filter((topic) => topic.left <= 0);
    this.shown = [...due, ...taken].slice(0, MOST_SHOWN);
    if (this.shown.length === 0) {
      this.close();
      return;
    }
    this.list.replaceChildren(...this.shown.map((topic, place) => this.#item(topic, place)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#choose(-1);
  }

  #item(topic, place) {
    const item = document.createElement("li");
    item.id = `plan-topic-${place}`;
    item.dataset.place = String(place);
    item.setAttribute("role", "option");
    if (topic.left <= 0) item.className = "is-taken";
    const number = document.createElement("span");
    number.textContent = topic.position;
    const title = document.createElement("span");
    title.textContent = topic.title;
    item.append(number, title);
    return item;
  }

  #choose(place) {
    this.chosen = place;
    for (const [number, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", String(number === place));
      if (number === place) item.scrollIntoView({ block: "nearest" });
    }
    if (place < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `plan-topic-${place}`);
  }

  #take(place) {
    const topic = this.shown[place];
    this.close();
    this.onTake(topic);
  }

  #key(event) {
    if (event.key === "ArrowDown" && !this.isOpen) {
      this.#open("");
      this.#choose(this.isOpen ? 0 : -1);
      event.preventDefault();
    } else if (!this.isOpen) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = this.shown.length;
      this.#choose((this.chosen + step + count + (this.chosen < 0 && step < 0 ? 1 : 0)) % count);
      event.preventDefault();
    } else if (event.key === "Enter" && this.chosen >= 0) {
      this.#take(this.chosen);
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.key === "Escape") {
      this.close();
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }
}

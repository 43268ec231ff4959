/* While a sync runs: how far it is; the page is shown anew when it is over. */

import { send } from "/static/shell/request.js";

const EVERY_MS = 700;

const place = document.getElementById("sync-progress");
const bar = place.querySelector("progress");
const text = place.querySelector("[data-text-place]");

async function look() {
  const { ok, data } = await send(place.dataset.url, { method: "GET", passive: true });
  if (ok && !data.syncing) {
    location.replace(location.pathname);
    return;
  }
  if (ok && data.total > 0) {
    bar.max = data.total;
    bar.value = data.done;
    text.textContent = place.dataset.text.replace("{done}", data.done).replace("{total}", data.total);
  }
  setTimeout(look, EVERY_MS);
}

if (!place.hidden) setTimeout(look, EVERY_MS);

/* Requests of a page's modules to the program that served the page.

   send(url, {method, json, form, passive, keepalive}) -> {ok, status, data, error}
     never throws: without an answer `ok` is false, `status` 0 and `error.code` "no_answer".
     `error` is what the program said: {code, message, next_step, params}.
     A session that ended or is locked leads to its page; the promise then never settles, because
     the page is about to go. What the page must keep until then it keeps in a `data-draft` field,
     or saves again when the same page comes back. */

const CODES_OF_SESSION = new Set(["sign_in_needed", "session_locked", "new_password_needed"]);

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]').content;
}

export function here() {
  return location.pathname + location.search;
}

export function lockedPage() {
  return `${document.body.dataset.lockedUrl}?next=${encodeURIComponent(here())}`;
}

export async function send(url, { method = "POST", json, form, passive = false, keepalive = false } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  if (passive) headers["X-Passive"] = "1";
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, {
      method,
      headers,
      keepalive,
      body: json !== undefined ? JSON.stringify(json) : form,
      credentials: "same-origin",
    });
  } catch {
    return { ok: false, status: 0, data: null, error: { code: "no_answer", message: "", next_step: "", params: {} } };
  }
  const data = await readJson(response);
  const error = response.ok ? null : (data?.error ?? { code: "http_error", message: "", next_step: "", params: {} });
  if (response.status === 401 && CODES_OF_SESSION.has(error.code)) {
    document.dispatchEvent(new CustomEvent("shell:leaving"));
    const signIn = `${document.body.dataset.signInUrl}?next=${encodeURIComponent(here())}`;
    location.assign(error.code === "session_locked" ? lockedPage() : signIn);
    return new Promise(() => {});
  }
  return { ok: response.ok, status: response.status, data, error };
}

async function readJson(response) {
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.startsWith("application/json")) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

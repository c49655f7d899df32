/* The proof that a request comes from our own page; every signed-in page carries it in one of its forms. */

/** Headers for a POST by script that wants streams back. */
export function headers() {
  return {
    Accept: "text/vnd.turbo-stream.html, text/html",
    "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "",
  };
}

/** POST of form fields; resolves to the response, rejects without a connection or after 20 s. */
export function post(url, fields) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
  return fetch(url, { method: "POST", body, headers: headers(), signal: AbortSignal.timeout(20_000) });
}

/** POST of JSON by script that wants JSON back; resolves to the response, rejects without a connection or after 20 s. */
export function postJson(url, fields) {
  return fetch(url, {
    method: "POST",
    body: JSON.stringify(fields),
    headers: { ...headers(), Accept: "application/json", "Content-Type": "application/json", "X-Memo-Fetch": "1" },
    signal: AbortSignal.timeout(20_000),
  });
}

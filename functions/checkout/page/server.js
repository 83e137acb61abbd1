// The payment API as this page may use it: one payment, by the token that came in the address.

const paymentId = location.pathname.split('/')[2] ?? '';
const tokenKey = id => `token:${id}`;
const startedKey = `paying:${paymentId}`;

/** Takes the token out of the address, where it could be copied along, and keeps it for this tab. */
function takeToken() {
  const token = location.hash.slice(1);
  if (/^[\w.~-]+$/.test(token)) {
    sessionStorage.setItem(tokenKey(paymentId), token);
    history.replaceState(null, '', location.pathname);
  }
}

/**
 * Calls the API. Answers `{status, body}`; status 0 stands for no answer, which says nothing about what was done.
 * No redirects, no cookies, nothing kept by a cache.
 */
async function call(method, action = '', body = undefined) {
  const token = sessionStorage.getItem(tokenKey(paymentId)) ?? '';
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const options = { method, headers, body, cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' };
  const signal = AbortSignal.timeout(method === 'GET' ? 15000 : 40000);
  try {
    const answer = await fetch(`/payments/${paymentId}${action}`, { ...options, signal });
    return { status: answer.status, body: await answer.json(), date: Date.parse(answer.headers.get('date')) };
  } catch {
    return { status: 0, body: null };
  }
}

/** Remembers over a reload that pay was just sent. */
function noteStarted() {
  sessionStorage.setItem(startedKey, String(Date.now()));
}

function forgetStarted() {
  sessionStorage.removeItem(startedKey);
}

/** Until when a reloaded page waits for a pay call that may still be on its way. */
function startedUntil() {
  return Number(sessionStorage.getItem(startedKey) ?? 0) + 5000;
}

/** The bearer token of this tab. It is kept nowhere else, and sent to this service only. */

const KEY = 'frond-token';
let token = '';
try {
  token = sessionStorage.getItem(KEY) ?? '';
} catch {
  // A browser that forbids storage: it lasts as long as the page.
}

export function hasToken() {
  return token !== '';
}

/** @param {string} given the empty text forgets it */
export function setToken(given) {
  token = given.trim();
  try {
    if (token === '') sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, token);
  } catch {
    // As above.
  }
}

/** @returns {Record<string, string>} */
export function tokenHeaders() {
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

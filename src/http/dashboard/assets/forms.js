/** What can be done on the page: decode an ID, add a tag, give a token. */

/** @import { Layout } from './status.js' */

import { decode } from './decode.js';
import { byId, make, setText, showFacts } from './dom.js';
import { hasToken, setToken, tokenHeaders } from './token.js';

/** @param {string} id */
const input = id => byId(id, HTMLInputElement);

/** @param {() => { layout: Layout | undefined, nowMs: number }} known what the latest answer said */
export function decodeForm(known) {
  byId('decode-form').addEventListener('submit', event => {
    event.preventDefault();
    const { layout, nowMs } = known();
    const { title, note, facts } = decode(input('decode-id').value, layout, nowMs);
    const list = make('dl', { class: 'facts' });
    showFacts(list, facts);
    const content = [
      make('p', { class: 'title' }, title),
      ...(facts.length === 0 ? [] : [list]),
      make('p', { class: 'quiet' }, note),
    ];
    byId('decode-result').replaceChildren(...content);
  });
}

/** @param {string} name @param {object} body @returns {Promise<string>} what to tell of it @throws {Error} what the service said */
async function addTag(name, body) {
  const headers = { 'content-type': 'application/json', 'if-none-match': '*', ...tokenHeaders() };
  const response = await fetch(`tags/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(body),
  });
  const said = await response.json().catch(() => ({}));
  if (response.ok) {
    return `${said.tag} is there: its first ID is ${said.maxId}. It stands among the tags as soon as somebody asks for one.`;
  }
  if (response.status === 401 || response.status === 403) showTokenForm();
  throw new Error(said.detail ?? `The service answered ${response.status}.`);
}

/** @param {string} text @param {boolean} failed */
function tellOfTag(text, failed) {
  const result = byId('add-result');
  result.className = failed ? 'said failed' : 'said done';
  setText(result, text);
}

/** @param {() => void} added */
export function tagForm(added) {
  const form = byId('add-form', HTMLFormElement);
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const [first, description] = [input('add-first').value.trim(), input('add-description').value.trim()];
    const body = {
      step: Number(input('add-step').value),
      ...(first === '' ? {} : { maxId: first }),
      ...(description === '' ? {} : { description }),
    };
    try {
      tellOfTag(await addTag(input('add-name').value.trim(), body), false);
      form.reset();
      added();
    } catch (error) {
      const text =
        error instanceof TypeError
          ? 'The connection failed; nothing is known of the tag.'
          : /** @type {Error} */ (error).message;
      tellOfTag(text, true);
    }
  });
  byId('add-token').addEventListener('click', () => {
    showTokenForm();
    byId('token').focus();
  });
}

export function showTokenForm() {
  byId('access').hidden = false;
  byId('token-forget').hidden = !hasToken();
}

/** @param {() => void} changed */
export function tokenForm(changed) {
  byId('access-form').addEventListener('submit', event => {
    event.preventDefault();
    setToken(input('token').value);
    input('token').value = '';
    setText(byId('access-result'), hasToken() ? 'The token is used from now on.' : 'There is no token.');
    byId('token-forget').hidden = !hasToken();
    changed();
  });
  byId('token-forget').addEventListener('click', () => {
    setToken('');
    setText(byId('access-result'), 'The token is forgotten.');
    byId('token').focus();
    byId('token-forget').hidden = true;
    changed();
  });
}

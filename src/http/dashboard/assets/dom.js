/** The little that this page needs of the DOM. Text only ever goes in as text, never as markup. */

/**
 * The element of the page with this id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (found === null || (type !== undefined && !(found instanceof type)))
    throw new Error(`the page has no such #${id}`);
  return /** @type {T} */ (found);
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {...(Node | string)} content
 */
export function make(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
}

/** Sets the text only where it is another one, so that nothing is read out or selected anew. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | undefined} value undefined takes it away */
export function setAttribute(element, name, value) {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Makes the children of `parent` those of `items`, in their order. Elements are kept as long as their keys are there.
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} create
 * @param {(element: Element, item: T) => void} update
 */
export function keyed(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map(each => [each.getAttribute('data-key'), each]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const kept = known.get(key);
    const element = kept ?? create(item);
    known.delete(key);
    if (kept === undefined) element.setAttribute('data-key', key);
    update(element, item);
    if (element === next) next = element.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  for (const gone of known.values()) gone.remove();
}

/** @typedef {{ label: string, kind?: 'head' | 'number' | 'text' }} Column */

/**
 * Gives the table around `body` its headings, and all of it the roles that it has anyway: a style sheet that shows rows
 * as cards would take them away.
 * @param {Element} body
 * @param {readonly Column[]} columns
 */
export function makeHeadings(body, columns) {
  const row = make('tr', { role: 'row' });
  for (const { label, kind } of columns) {
    row.append(make('th', { role: 'columnheader', scope: 'col', class: kind ?? 'text' }, label));
  }
  body.setAttribute('role', 'rowgroup');
  body.parentElement?.setAttribute('role', 'table');
  body.before(make('thead', { role: 'rowgroup' }, row));
}

/** A row of empty cells. @param {readonly Column[]} columns */
export function makeRow(columns) {
  const row = make('tr', { role: 'row' });
  for (const { label, kind } of columns) {
    if (kind === 'head') row.append(make('th', { role: 'rowheader', scope: 'row' }));
    else row.append(make('td', { role: 'cell', 'data-label': label, class: kind ?? 'text' }));
  }
  return row;
}

/** @param {Element} row @param {number} index @returns {HTMLElement} */
export function cellOf(row, index) {
  return /** @type {HTMLElement} */ (row.children[index]);
}

/** @type {Readonly<Record<string, string>>} */
const SIGNS = {
  ready: '●',
  starting: '▲',
  new: '▲',
  refusing: '■',
  stopping: '▲',
  stopped: '■',
  down: '■',
  silent: '▲',
  off: '○',
};

/** A state as a word with a sign beside it, since not everybody sees the colour. @param {Element} element @param {string} state */
export function showState(element, state) {
  if (element.getAttribute('data-state') === state) return;
  element.setAttribute('data-state', state);
  element.classList.add('state');
  element.replaceChildren(make('span', { 'aria-hidden': 'true' }, SIGNS[state] ?? '○'), ` ${state}`);
}

/**
 * Facts as a list of names and values.
 * @param {Element} parent a `dl`
 * @param {readonly (readonly [name: string, value: string])[]} facts
 */
export function showFacts(parent, facts) {
  keyed(
    parent,
    facts,
    ([name]) => name,
    ([name]) => make('div', {}, make('dt', {}, name), make('dd')),
    (element, [, value]) => setText(/** @type {Element} */ (element.lastElementChild), value),
  );
}

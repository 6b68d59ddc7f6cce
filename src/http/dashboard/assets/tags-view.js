/** The tags in use. */

/** @import { SegmentStatus, TagRow } from './status.js' */

import { byId, cellOf, keyed, make, makeHeadings, makeRow, setAttribute, setText } from './dom.js';
import { ago, counted, duration, rate, short, whole } from './format.js';
import { isFailing, tagRows } from './status.js';

/** From so many tags on there is something to search. */
const SEARCH_FROM = 6;
export const FIRST_TAGS = 50;
export const MOST_TAGS = 1000;

const COLUMNS = /** @type {const} */ ([
  { label: 'Tag', kind: 'head' },
  { label: 'At hand' },
  { label: 'Step', kind: 'number' },
  { label: 'IDs/s', kind: 'number' },
  { label: 'Empty in', kind: 'number' },
  { label: 'Last fetch' },
  { label: 'Waste', kind: 'number' },
]);

makeHeadings(byId('tags-rows'), COLUMNS);

/** @type {Readonly<Record<string, string>>} */
const OUTCOMES = {
  ok: '',
  failed: 'no answer ',
  refused: 'refused ',
  rewound: 'had gone back ',
  discarded: 'not used ',
};

function createRow() {
  const row = makeRow(COLUMNS);
  cellOf(row, 0).append(make('span', { class: 'name' }), make('span', { class: 'trouble' }));
  cellOf(row, 1).append(make('span', { class: 'bar', 'aria-hidden': 'true' }, make('span')), make('span'));
  return row;
}

/** What ails a tag, in words. @param {TagRow} row */
function troubleOf(row) {
  const waiting = row.waiters > 0 ? `${counted(row.waiters, 'caller')} waiting` : '';
  const code = row.rewound ? 'SEGMENT_REWOUND' : (row.failure ?? '');
  return [code, waiting].filter(each => each !== '').join(', ');
}

/** @param {TagRow} row */
function emptyText({ remaining, secondsToEmpty }) {
  if (remaining === 0) return 'empty';
  return secondsToEmpty === null ? '–' : duration(secondsToEmpty * 1000);
}

/** @param {NonNullable<TagRow['lastFetch']>} fetch */
function fetchText({ outcome, agoMs, durationMs }) {
  return `${OUTCOMES[outcome] ?? `${outcome} `}${ago(agoMs)}, took ${duration(durationMs)}`;
}

/** @param {Element} element @param {TagRow} row */
function updateRow(element, row) {
  const [name, trouble] = cellOf(element, 0).children;
  const [bar, atHand] = cellOf(element, 1).children;
  if (!name || !trouble || !bar || !atHand) return;
  setText(name, row.tag);
  setText(trouble, troubleOf(row));
  setAttribute(element, 'data-level', isFailing(row) ? (row.remaining === 0 ? 'ill' : 'watch') : undefined);
  /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${(row.fill * 100).toFixed(1)}%`;
  setText(atHand, short(row.remaining));
  setAttribute(atHand, 'title', `${whole(row.remaining)} IDs`);
  setText(cellOf(element, 2), short(row.stepIds));
  setText(cellOf(element, 3), rate(row.idsPerSecond));
  setText(cellOf(element, 4), emptyText(row));
  setText(cellOf(element, 5), row.lastFetch === null ? '–' : fetchText(row.lastFetch));
  const waste = row.reserved - row.issued;
  const share = row.reserved === 0 ? 0 : Math.round((waste / row.reserved) * 100);
  setText(cellOf(element, 6), `${short(waste)} (${share}%)`);
}

/** @param {number} shown @param {number} omitted @param {number} used @param {number} known @param {string} match */
function countText(shown, omitted, used, known, match) {
  if (match !== '') return `${counted(shown + omitted, 'match', 'matches')}${omitted > 0 ? `, ${shown} shown` : ''}`;
  const inUse = used === known ? '' : ` of ${whole(known)}`;
  return `${whole(used)}${inUse} in use${omitted > 0 ? `, ${shown} shown` : ''}`;
}

/** @param {HTMLElement} none @param {SegmentStatus | undefined} segment @param {string} match */
function showNone(none, segment, match) {
  if (match !== '') {
    none.replaceChildren(`No tag in use has “${match}” in its name.`);
    return;
  }
  if (segment === undefined) {
    none.replaceChildren('Segment IDs are off on this instance (FROND_SEGMENT_STORE).');
    return;
  }
  const command = `curl ${new URL('id/segment/demo', document.baseURI).href}`;
  if (none.querySelector('code')?.textContent === command) return;
  none.replaceChildren('No tag has been used since the start. Ask for an ID of one: ', make('code', {}, command));
}

/**
 * @param {readonly SegmentStatus[]} segments one for each process
 * @param {{ match: string, order: string, limit: number }} asked
 */
export function showTags(segments, { match, order, limit }) {
  const all = tagRows(segments, order);
  const rows = all.slice(0, limit);
  const known = Math.max(0, ...segments.map(each => each.knownTags));
  const used = Math.max(0, ...segments.map(each => each.used.count));
  const omitted = Math.max(0, ...segments.map(each => each.tagsOmitted)) + all.length - rows.length;
  setText(byId('tags-count'), segments.length === 0 ? 'off' : countText(rows.length, omitted, used, known, match));
  byId('tags-controls').hidden = used < SEARCH_FROM && match === '';
  byId('tags-table').hidden = rows.length === 0;
  byId('tags-help').hidden = rows.length === 0;
  const none = byId('tags-none');
  none.hidden = rows.length > 0;
  if (rows.length === 0) showNone(none, segments[0], match);
  keyed(byId('tags-rows'), rows, row => row.tag, createRow, updateRow);
  const more = byId('tags-more');
  more.hidden = omitted === 0 || limit >= MOST_TAGS;
  setText(more, `Show ${whole(Math.min(omitted, limit * 3))} more`);
}

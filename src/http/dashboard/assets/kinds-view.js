/** The three kinds of ID: each one's state, what it gives and where it comes from. */

/** @import { ProcessStatus } from './status.js' */
/** @import { Sums } from './rates.js' */

import { byId, keyed, make, setText, showState } from './dom.js';
import { counted, rate, short } from './format.js';
import { issuedOf, segmentsOf, snowflakesOf } from './status.js';

const ORDER = ['refusing', 'stopped', 'stopping', 'starting', 'new', 'ready'];

/** The worst state of several. @param {readonly string[]} states */
function worst(states) {
  return ORDER.find(each => states.includes(each)) ?? states[0] ?? 'off';
}

/** @param {readonly string[]} stores */
function storeText(stores) {
  return [...new Set(stores)].join(', ');
}

/** @param {readonly ProcessStatus[]} answers @param {Sums | undefined} rates */
function kindsOf(answers, rates) {
  const [segments, snowflakes] = [segmentsOf(answers), snowflakesOf(answers)];
  const issued = issuedOf(answers);
  const tags = Math.max(0, ...segments.map(each => each.knownTags));
  const workers = snowflakes.flatMap(each => (each.workerId === null ? [] : [String(each.workerId)]));
  return [
    {
      name: 'Segment',
      state: worst(segments.map(each => each.state)),
      given: issued.segment,
      perSecond: rates?.segment,
      facts:
        segments.length === 0
          ? 'FROND_SEGMENT_STORE is off'
          : `${counted(tags, 'tag')}, from ${storeText(segments.map(each => each.store))}`,
    },
    {
      name: 'Snowflake',
      state: worst(snowflakes.map(each => each.state)),
      given: issued.snowflake,
      perSecond: rates?.snowflake,
      facts:
        snowflakes.length === 0
          ? 'FROND_WORKER_SLOTS is off'
          : `${workers.length === 0 ? 'no worker ID yet' : `worker ${workers.join(', ')}`}, from ${storeText(snowflakes.map(each => each.store))}`,
    },
    {
      name: 'UUID',
      state: worst(answers.map(each => each.uuid.state)),
      given: issued.uuid,
      perSecond: rates?.uuid,
      facts: 'versions 7 and 4, from nothing but this process',
    },
  ];
}

/** @param {readonly ProcessStatus[]} answers @param {Sums | undefined} rates */
export function showKinds(answers, rates) {
  keyed(
    byId('kinds'),
    kindsOf(answers, rates),
    each => each.name,
    each =>
      make(
        'li',
        { class: 'card kind' },
        make('div', { class: 'head' }, make('h3', {}, each.name), make('span', { class: 'state' })),
        make('p', { class: 'figure' }, make('span', { class: 'big' }), make('span', { class: 'quiet sum' })),
        make('p', { class: 'quiet source' }),
      ),
    (element, { state, given, perSecond, facts }) => {
      const [chip, big, small, source] = element.querySelectorAll('.state, .big, .sum, .source');
      if (!chip || !big || !small || !source) return;
      showState(chip, state);
      setText(big, perSecond === undefined ? '–' : rate(perSecond));
      setText(small, ` IDs/s now, ${short(given)} since the start`);
      setText(source, facts);
    },
  );
}

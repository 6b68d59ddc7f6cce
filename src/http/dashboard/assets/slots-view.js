/** The worker slot of each process: what its snowflakes may use, and for how long. */

/** @import { Process, SnowflakeStatus } from './status.js' */

import { byId, keyed, make, setText, showFacts } from './dom.js';
import { duration, instant } from './format.js';

/** @param {number | null} ms @param {(ms: number) => string} show */
function orNone(ms, show) {
  return ms === null ? '–' : show(ms);
}

/** @param {number} skewMs */
function skewText(skewMs) {
  if (Math.abs(skewMs) < 1) return 'none';
  return `${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of the store' : 'behind the store'}`;
}

/** @param {SnowflakeStatus} snowflake @returns {(readonly [name: string, value: string])[]} */
function factsOf(snowflake) {
  const { workerId, store, boundMs, boundLeftMs, limitLeftMs, storeSkewMs, aheadMs, remainingLifeMs } = snowflake;
  const renewal = snowflake.renewalFailure === null ? 'acknowledged' : 'not acknowledged';
  return [
    ['Worker ID', workerId === null ? 'none yet' : String(workerId)],
    ['Slots', store],
    ['Bound', orNone(boundMs, instant)],
    ['Bound left', orNone(boundLeftMs, duration)],
    ['Limit left', orNone(limitLeftMs, duration)],
    ['Renewal', workerId === null ? '–' : renewal],
    ['Clock offset', orNone(storeSkewMs, skewText)],
    ['Clock behind', aheadMs === 0 ? 'no' : `by ${duration(aheadMs)}`],
    ['Life of the epoch', duration(remainingLifeMs)],
  ];
}

/** @param {SnowflakeStatus} snowflake */
function summaryOf({ workerId, boundLeftMs }) {
  if (workerId === null || boundLeftMs === null) return 'no worker ID';
  return `worker ${workerId}, bound left ${duration(boundLeftMs)}`;
}

/** @param {readonly Process[]} processes */
export function showSlots(processes) {
  const slots = processes.flatMap(({ index, status }) =>
    status && status.snowflake !== 'off' ? [{ index, snowflake: status.snowflake }] : [],
  );
  const parent = byId('slots');
  const several = processes.length > 1;
  if (slots.length === 0) {
    setText(parent, 'Snowflakes are off on this instance, or nothing is known of them yet.');
    return;
  }
  if (parent.firstElementChild === null) parent.replaceChildren();
  keyed(
    parent,
    slots,
    each => `${several ? 'one of several' : 'only'} ${each.index}`,
    () => {
      const facts = make('dl', { class: 'facts' });
      return several ? make('details', {}, make('summary'), facts) : make('div', {}, facts);
    },
    (element, { index, snowflake }) => {
      const summary = element.querySelector('summary');
      if (summary !== null) setText(summary, `Process ${index}: ${summaryOf(snowflake)}`);
      showFacts(/** @type {Element} */ (element.lastElementChild), factsOf(snowflake));
    },
  );
}

/** The serving processes, where there are several, and what callers were refused. */

/** @import { Process, ProcessStatus } from './status.js' */

import { byId, cellOf, keyed, make, makeHeadings, makeRow, setText, showState } from './dom.js';
import { ago, counted, short, whole } from './format.js';
import { issuedOf, refusalsOf } from './status.js';

const PROCESS_COLUMNS = /** @type {const} */ ([
  { label: 'Process', kind: 'head' },
  { label: 'State' },
  { label: 'Segment' },
  { label: 'Snowflake' },
  { label: 'Worker ID', kind: 'number' },
  { label: 'IDs given', kind: 'number' },
  { label: 'Refusals', kind: 'number' },
]);

const REFUSAL_COLUMNS = /** @type {const} */ ([
  { label: 'Code', kind: 'head' },
  { label: 'Times', kind: 'number' },
  { label: 'Last' },
  { label: 'What was said' },
]);

makeHeadings(byId('processes-rows'), PROCESS_COLUMNS);
makeHeadings(byId('refusals-rows'), REFUSAL_COLUMNS);

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}

/** @param {ProcessStatus} status */
function givenBy(status) {
  return sum(Object.values(issuedOf([status])));
}

/** @param {ProcessStatus} status */
function refusedBy(status) {
  return sum((status.refusals ?? []).map(each => each.count));
}

function createProcess() {
  const row = makeRow(PROCESS_COLUMNS);
  for (const index of [1, 2, 3]) cellOf(row, index).append(make('span'));
  return row;
}

/** @param {Element} row @param {Process} process */
function updateProcess(row, { index, pid, state, status }) {
  setText(cellOf(row, 0), `${index} (pid ${pid})`);
  const snowflake = status?.snowflake;
  const states = [state, status?.checks['segment'], status?.checks['snowflake']];
  for (const [i, each] of states.entries()) {
    showState(/** @type {Element} */ (cellOf(row, i + 1).firstElementChild), each ?? 'unknown');
  }
  const workerId = snowflake === undefined || snowflake === 'off' ? null : snowflake.workerId;
  setText(cellOf(row, 4), workerId === null ? '–' : String(workerId));
  setText(cellOf(row, 5), status ? short(givenBy(status)) : '–');
  setText(cellOf(row, 6), status ? short(refusedBy(status)) : '–');
}

/** @param {readonly Process[]} processes */
export function showProcesses(processes) {
  byId('processes').hidden = processes.length < 2;
  const answers = processes.flatMap(each => each.status ?? []);
  const ready = processes.filter(each => each.state === 'ready').length;
  setText(
    byId('processes-count'),
    `${ready} of ${processes.length} ready, ${short(sum(answers.map(givenBy)))} IDs given by all`,
  );
  keyed(byId('processes-rows'), processes, each => `${each.index}`, createProcess, updateProcess);
}

/** @param {readonly ProcessStatus[]} answers */
export function showRefusals(answers) {
  const refusals = refusalsOf(answers);
  byId('refusals-none').hidden = refusals.length > 0;
  byId('refusals-table').hidden = refusals.length === 0;
  setText(
    byId('refusals-count'),
    refusals.length === 0 ? '' : `${counted(sum(refusals.map(each => each.count)), 'time')} since the start`,
  );
  keyed(
    byId('refusals-rows'),
    refusals,
    each => each.code,
    () => makeRow(REFUSAL_COLUMNS),
    (row, { code, count, agoMs, text }) => {
      const texts = [code, whole(count), ago(agoMs), text];
      for (const [i, each] of texts.entries()) setText(cellOf(row, i), each);
    },
  );
}

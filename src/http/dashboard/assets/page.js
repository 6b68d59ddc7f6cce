/** The status page: asks /status, shows what it says, and says so when nothing answers. */

/** @import { Finding } from './verdict.js' */
/** @import { Status } from './status.js' */

import { byId, keyed, make, setAttribute, setText } from './dom.js';
import { counted, duration } from './format.js';
import { decodeForm, showTokenForm, tagForm, tokenForm } from './forms.js';
import { showKinds } from './kinds-view.js';
import { Poller } from './poller.js';
import { showProcesses, showRefusals } from './processes-view.js';
import { Rates } from './rates.js';
import { showSlots } from './slots-view.js';
import { answersOf, issuedOf, processesOf, segmentsOf, snowflakesOf } from './status.js';
import { FIRST_TAGS, MOST_TAGS, showTags } from './tags-view.js';
import { hasToken, tokenHeaders } from './token.js';
import { awayOf, findingsOf, lockedOf } from './verdict.js';

/** A pause in typing after which the service is asked. */
const TYPED_MS = 250;

const asked = { match: '', order: 'rate', limit: FIRST_TAGS };
const rates = new Rates();
/** @type {{ status: Status, atMs: number } | undefined} */
let latest;
let said = '';
/** Set while nothing answers. @type {{ reason: string, failures: number } | undefined} */
let away;

/** @param {readonly [Finding, ...Finding[]]} findings */
function showVerdict([first, ...rest]) {
  setAttribute(byId('verdict'), 'data-level', first.level);
  setText(byId('verdict-text'), first.text);
  setText(byId('verdict-more'), first.more ?? '');
  byId('verdict-also').hidden = rest.length === 0;
  keyed(
    byId('verdict-also'),
    rest,
    each => each.key,
    () => make('li', {}, make('span'), make('span', { class: 'quiet more' })),
    (element, { text, more }) => {
      setText(/** @type {Element} */ (element.firstElementChild), text);
      setText(/** @type {Element} */ (element.lastElementChild), more ?? '');
    },
  );
  document.title = first.level === 'well' ? 'Frond: well' : `Frond: ${first.text}`;
  // Read out once for each matter, not for each new figure in it.
  const matters = [first, ...rest].map(each => each.key).join('; ');
  if (matters === said) return;
  said = matters;
  setText(
    byId('announcement'),
    [first.text, ...(rest.length === 0 ? [] : [`${counted(rest.length, 'more matter')}.`])].join(' '),
  );
}

function showFreshness() {
  const sinceMs = latest === undefined ? undefined : performance.now() - latest.atMs;
  if (away !== undefined) showVerdict([awayOf(away.failures, away.reason, sinceMs)]);
  byId('main').classList.toggle('stale', away !== undefined && away.failures > 1 && latest !== undefined);
  const shown = latest === undefined || away === undefined ? '' : 'What is below is what it said last.';
  setText(byId('freshness'), shown);
}

/** @param {Status} status */
function showStatus(status) {
  const answers = answersOf(status);
  const processes = processesOf(status);
  const source = processes.map(each => `${each.status?.host} ${each.pid}`).join(', ');
  rates.add(source, performance.now(), issuedOf(answers));
  const { host, pid, version, uptimeMs } = status;
  const who = processes.length > 1 ? counted(processes.length, 'process', 'processes') : `process ${pid}`;
  setText(byId('instance'), `${host}, ${who}, version ${version}, up ${duration(uptimeMs)}`);
  byId('main').classList.remove('unanswered');
  showVerdict(findingsOf(status));
  showKinds(answers, rates.perSecond());
  showTags(segmentsOf(answers), asked);
  showSlots(processes);
  showProcesses(processes);
  showRefusals(answers);
}

const poller = new Poller(
  () =>
    `status?${new URLSearchParams({ tags: String(asked.limit), order: asked.order, ...(asked.match === '' ? {} : { match: asked.match }) })}`,
  tokenHeaders,
  {
    answered(status) {
      latest = { status, atMs: performance.now() };
      away = undefined;
      showFreshness();
      showStatus(status);
    },
    locked() {
      away = undefined;
      showFreshness();
      showTokenForm();
      showVerdict([lockedOf()]);
      if (hasToken()) setText(byId('access-result'), 'The service does not take this token.');
    },
    failed(reason, failures) {
      away = { reason, failures };
      showFreshness();
    },
  },
);

setInterval(showFreshness, 1000);
setText(
  byId('polling'),
  'Asks every 2 s; every 30 s while it is not looked at, and less and less often while nothing answers.',
);

decodeForm(() => {
  const layout = latest === undefined ? undefined : snowflakesOf(answersOf(latest.status))[0]?.layout;
  return { layout, nowMs: latest?.status.nowMs ?? Date.now() };
});
tagForm(() => poller.now());
tokenForm(() => poller.now());

let typing = 0;
byId('tags-match').addEventListener('input', event => {
  asked.match = /** @type {HTMLInputElement} */ (event.target).value.trim();
  clearTimeout(typing);
  typing = setTimeout(() => poller.now(), TYPED_MS);
});
byId('tags-controls').addEventListener('submit', event => event.preventDefault());
byId('tags-order').addEventListener('change', event => {
  asked.order = /** @type {HTMLSelectElement} */ (event.target).value;
  poller.now();
});
byId('tags-more').addEventListener('click', () => {
  asked.limit = Math.min(MOST_TAGS, asked.limit * 4);
  poller.now();
});
poller.now();

/**
 * Is it well? Everything that matters, the worst first, each in a sentence. No DOM.
 *
 * @typedef {'well' | 'watch' | 'ill' | 'asking'} Level
 *
 * @typedef {object} Finding
 * @property {Level} level
 * @property {string} key the same as long as it is the same matter, whatever its figures
 * @property {string} text
 * @property {string} [more]
 *
 * @import { ProcessStatus, Refusal, SegmentStatus, SnowflakeStatus, Status } from './status.js'
 */

import { counted, duration, list, whole } from './format.js';
import { answersOf, issuedOf, processesOf, refusalsOf, segmentsOf, snowflakesOf } from './status.js';

/** What a clock may be off before it is told. */
const CLOCK_NOTICE_MS = 1000;
const LIFE_NOTICE_MS = 2 * 365.2425 * 24 * 3600 * 1000;
/** How long a refusal for want of room counts as news. */
const NEWS_MS = 60_000;
const CROWDED = ['OVERLOADED', 'TOO_MANY_WAITERS', 'DEADLINE_EXCEEDED', 'INTERNAL'];

/** @type {Readonly<Record<string, string>>} */
const KEEPER_WORDS = {
  claiming: 'a worker ID is being claimed',
  waiting: 'the clock has to pass the time persisted by the last start',
  fenced: 'its worker ID was taken over, and a new one is being claimed',
};

/** @param {Level} level @param {string} key @param {string} text @param {string} [more] @returns {Finding} */
function finding(level, key, text, more) {
  return more === undefined ? { level, key, text } : { level, key, text, more };
}

/** How long it goes on. @param {SegmentStatus['used']} used */
function lastsOf({ soonestEmpty }) {
  if (soonestEmpty === null) return 'nobody is using IDs up';
  return `${soonestEmpty.tag} is empty first, in ${duration(soonestEmpty.seconds * 1000)}`;
}

/** A sentence where the store itself is what ails. @param {SegmentStatus} segment @param {string} codes */
function reasonOf({ store, storeFailure = null }, codes) {
  return storeFailure?.code === codes ? storeFailure.reason : `${store}: ${codes}`;
}

/** Of tags that this instance has not heard of yet, for one. @param {string} what @param {string} reason */
function refusingOf(what, reason) {
  return finding('ill', 'refusing', `${what}, and calls for a tag without IDs are refused.`, reason);
}

/** @param {SegmentStatus} segment @param {boolean} isRefusing calls are refused for want of its store @returns {Finding[]} */
function ofTags(segment, isRefusing) {
  const { tags, used, storeFailure = null } = segment;
  const failing = tags.filter(each => each.failure !== null || each.rewound);
  const rewound = failing.filter(each => each.rewound).map(each => each.tag);
  /** @type {Finding[]} */
  const found = [];
  if (rewound.length > 0) {
    const verb = rewound.length === 1 ? 'takes' : 'take';
    const text = `The range store went back to an older state: ${list(rewound.slice(0, 3))} ${verb} no new range (SEGMENT_REWOUND).`;
    found.push(
      finding(
        'ill',
        'rewound',
        text,
        'With every instance stopped, raise maxId of the tag above every ID that any has given.',
      ),
    );
  }
  const others = failing.filter(each => !each.rewound);
  if (others.length === 0) {
    if (storeFailure === null) return found;
    if (isRefusing) return [...found, refusingOf('The range store does not answer', storeFailure.reason)];
    const text = `The range store does not answer. No tag needs it yet: ${lastsOf(used)}.`;
    return [...found, finding('watch', `silent ${storeFailure.code}`, text, storeFailure.reason)];
  }
  const codes = list([...new Set(others.map(each => each.failure ?? ''))].sort());
  const empty = others.filter(each => Number(each.remaining) === 0);
  const what = codes === 'STORE_UNAVAILABLE' ? 'The range store does not answer' : 'The range store gives no new range';
  if (empty.length > 0) {
    const names = empty.length > 3 ? counted(empty.length, 'tag') : list(empty.map(each => each.tag));
    const text = `${what}, and ${names} ${empty.length === 1 ? 'has' : 'have'} no IDs left: callers are refused.`;
    found.push(finding('ill', `empty ${codes}`, text, reasonOf(segment, codes)));
  } else if (isRefusing) found.push(refusingOf(what, reasonOf(segment, codes)));
  else {
    const text = `${what}. IDs go on from what is at hand: ${lastsOf(used)}.`;
    found.push(finding('watch', `failing ${codes}`, text, reasonOf(segment, codes)));
  }
  return found;
}

/** @param {SegmentStatus} segment @returns {Finding[]} */
function ofHealth({ health }) {
  const { risks, ceiling, primaries = [] } = health;
  const found = risks.map(risk => finding('watch', `risk ${risk}`, `The database may forget: ${risk}`));
  if (ceiling?.failure) {
    const text =
      ceiling.policy === 'required'
        ? `The ceiling cannot be reached (${ceiling.failure}), so no new range is taken.`
        : `The ceiling cannot be reached (${ceiling.failure}): ranges are taken without it.`;
    found.push(finding('watch', 'ceiling', text));
  }
  const left = primaries.filter(each => each.failure !== null).map(each => each.name);
  if (left.length > 0) found.push(finding('watch', 'primaries', `Left out of the primaries: ${list(left)}.`));
  return found;
}

/** @param {SegmentStatus} segment @param {readonly Refusal[]} refusals @returns {Finding[]} */
function ofSegment(segment, refusals) {
  const { state, failure } = segment;
  if (state === 'refusing') {
    const text = `Segment IDs are refused: the range store has not answered since the start.`;
    return [finding('ill', `segment ${failure}`, text, reasonOf(segment, failure ?? 'no answer'))];
  }
  if (state !== 'ready') return [finding('watch', `segment ${state}`, `Segment IDs are ${state}.`)];
  const code = segment.storeFailure?.code;
  const isRefusing = refusals.some(each => each.code === code && each.agoMs < NEWS_MS);
  return [...ofTags(segment, isRefusing), ...ofHealth(segment)];
}

/** @param {SnowflakeStatus} snowflake @returns {Finding[]} */
function ofSnowflake(snowflake) {
  const { state, keeper, failure, reason, boundLeftMs, renewalFailure, aheadMs, storeSkewMs, remainingLifeMs } =
    snowflake;
  if (state === 'refusing') {
    return [finding('ill', `snowflake ${failure}`, `Snowflake IDs are refused (${failure}).`, reason ?? undefined)];
  }
  if (state !== 'ready') {
    const why = KEEPER_WORDS[keeper];
    return [
      finding('watch', `snowflake ${state}`, `Snowflake IDs are ${state}${why === undefined ? '' : `: ${why}`}.`),
    ];
  }
  /** @type {Finding[]} */
  const found = [];
  if (renewalFailure !== null) {
    const text = `The slot store does not answer. Snowflakes go on for ${duration(Math.max(0, boundLeftMs ?? 0))} without it.`;
    found.push(finding('watch', 'renewal', text, renewalFailure));
  }
  if (aheadMs >= CLOCK_NOTICE_MS) {
    found.push(
      finding(
        'watch',
        'ahead',
        `The clock is ${duration(aheadMs)} behind the last snowflake; the difference is absorbed.`,
      ),
    );
  }
  if (storeSkewMs !== null && Math.abs(storeSkewMs) >= CLOCK_NOTICE_MS) {
    const side = storeSkewMs > 0 ? 'ahead of' : 'behind';
    found.push(
      finding(
        'watch',
        'skew',
        `The clock of this host is ${duration(Math.abs(storeSkewMs))} ${side} that of the slot store.`,
      ),
    );
  }
  if (remainingLifeMs < LIFE_NOTICE_MS) {
    found.push(
      finding('watch', 'life', `The time bits of the snowflakes are used up in ${duration(remainingLifeMs)}.`),
    );
  }
  return found;
}

/** @param {ProcessStatus} answer @returns {Finding[]} */
function ofProcess({ checks, segment, snowflake, refusals = [] }) {
  const found = [
    ...(segment === 'off' ? [] : ofSegment(segment, refusals)),
    ...(snowflake === 'off' ? [] : ofSnowflake(snowflake)),
  ];
  if (checks['http'] !== undefined) {
    found.push(
      finding('watch', 'stopping', 'This instance is stopping: it still answers, and /readyz sends callers elsewhere.'),
    );
  }
  return found;
}

/** @param {Status} status @returns {Finding[]} */
function ofProcesses(status) {
  const processes = processesOf(status);
  const ready = processes.filter(each => each.state === 'ready').length;
  const others = `${ready} of ${processes.length} processes are ready.`;
  return processes.flatMap(({ index, state, status: answer }) => {
    const found = answer ? ofProcess(answer) : [];
    if (state === 'down') found.push(finding('watch', 'down', 'is down.', others));
    if (state === 'silent') found.push(finding('watch', 'silent', 'does not answer.', others));
    if (processes.length === 1) return found;
    return found.map(each => ({
      ...each,
      key: `${index} ${each.key}`,
      text:
        each.text.startsWith('is ') || each.text.startsWith('does ')
          ? `Process ${index} ${each.text}`
          : `Process ${index}: ${each.text}`,
    }));
  });
}

/** @param {readonly ProcessStatus[]} answers @returns {Finding[]} */
function ofCallers(answers) {
  const recent = refusalsOf(answers).filter(({ code, agoMs }) => CROWDED.includes(code) && agoMs < NEWS_MS);
  return recent.map(({ code, count, text }) =>
    finding(
      'watch',
      `callers ${code}`,
      `Callers are being turned away: ${code}, ${counted(count, 'time')} since the start.`,
      text,
    ),
  );
}

/** @param {readonly ProcessStatus[]} answers @returns {Finding} */
function wellOf(answers) {
  const issued = issuedOf(answers);
  const segments = segmentsOf(answers);
  const kinds = [
    ...(segments.length > 0 ? ['segment'] : []),
    ...(snowflakesOf(answers).length > 0 ? ['snowflake'] : []),
    'UUID',
  ];
  const total = issued.segment + issued.snowflake + issued.uuid;
  const soonest = segments.flatMap(each => each.used.soonestEmpty ?? []).sort((a, b) => a.seconds - b.seconds)[0];
  const more =
    soonest === undefined
      ? 'Nobody has asked for an ID lately, or too few for a rate.'
      : `Were the range store away from now on, ${soonest.tag} would be empty first, in ${duration(soonest.seconds * 1000)}.`;
  if (total === 0)
    return finding('well', 'fresh', 'All is well. Nobody has asked for an ID yet.', `Ready: ${list(kinds)} IDs.`);
  return finding('well', 'well', `All is well: ${list(kinds)} IDs are given.`, more);
}

/** @type {Readonly<Record<Level, number>>} */
const WEIGHT = { ill: 0, watch: 1, asking: 2, well: 3 };

/**
 * The first is what the page says; never empty.
 * @param {Status} status
 * @returns {readonly [Finding, ...Finding[]]}
 */
export function findingsOf(status) {
  const answers = answersOf(status);
  const found = [...ofProcesses(status), ...ofCallers(answers)].sort((a, b) => WEIGHT[a.level] - WEIGHT[b.level]);
  const [first, ...rest] = found;
  return first === undefined ? [wellOf(answers)] : [first, ...rest];
}

/**
 * @param {number} failures in a row
 * @param {string} reason
 * @param {number | undefined} sinceMs the time since the last answer; undefined when there was none
 * @returns {Finding}
 */
export function awayOf(failures, reason, sinceMs) {
  const since =
    sinceMs === undefined ? 'it has not answered yet' : `last answer ${whole(Math.round(sinceMs / 1000))} s ago`;
  if (failures < 2) return finding('asking', 'late', `Frond has not answered: ${since}.`, reason);
  return finding('ill', 'away', `Frond does not answer: ${since}.`, reason);
}

/** @returns {Finding} */
export function lockedOf() {
  return finding(
    'asking',
    'locked',
    'This instance shows its status to bearers of a token only.',
    'Give it below; IDs may flow all the same.',
  );
}

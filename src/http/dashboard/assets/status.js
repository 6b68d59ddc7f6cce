/**
 * What GET /status says, as far as this page reads it, and the sum over the processes of an instance. No DOM.
 *
 * @typedef {object} TagStatus
 * @property {string} tag
 * @property {number} stepIds
 * @property {string} reserved
 * @property {string} issued
 * @property {string} remaining
 * @property {number} idsPerSecond
 * @property {number | null} secondsToEmpty
 * @property {number} waiters
 * @property {boolean} rewound
 * @property {string | null} failure
 * @property {number | null} lastFetchMs
 * @property {string | null} lastFetchOutcome
 * @property {number | null} lastFetchAgoMs
 *
 * @typedef {object} UsedTags
 * @property {number} count
 * @property {number} failing
 * @property {string} issued
 * @property {number} idsPerSecond
 * @property {{ tag: string, seconds: number } | null} soonestEmpty
 *
 * @typedef {object} StoreHealth
 * @property {readonly string[]} risks
 * @property {{ policy: string, failure: string | null }} [ceiling]
 * @property {readonly { name: string, failure: string | null }[]} [primaries]
 *
 * @typedef {object} SegmentStatus
 * @property {string} state
 * @property {string} store
 * @property {string | null} failure
 * @property {number} knownTags
 * @property {string} issued
 * @property {StoreHealth} health
 * @property {{ code: string, reason: string, silentMs: number } | null} [storeFailure]
 * @property {UsedTags} used
 * @property {readonly TagStatus[]} tags
 * @property {number} tagsOmitted
 *
 * @typedef {{ epochMs: number, timeBits: number, workerBits: number, sequenceBits: number }} Layout
 *
 * @typedef {object} SnowflakeStatus
 * @property {string} state
 * @property {string} keeper
 * @property {string} store
 * @property {string | null} failure
 * @property {string | null} reason
 * @property {number | null} workerId
 * @property {Layout} layout
 * @property {string} issued
 * @property {number} waiters
 * @property {number | null} limitLeftMs
 * @property {number | null} boundLeftMs
 * @property {number | null} boundMs
 * @property {string | null} renewalFailure
 * @property {number} aheadMs
 * @property {number | null} storeSkewMs
 * @property {number} remainingLifeMs
 *
 * @typedef {{ code: string, count: number, agoMs: number, text: string }} Refusal
 *
 * @typedef {object} ProcessStatus
 * @property {string} version
 * @property {string} host
 * @property {number} pid
 * @property {number} nowMs
 * @property {number} uptimeMs
 * @property {Readonly<Record<string, string>>} checks
 * @property {SegmentStatus | 'off'} segment
 * @property {SnowflakeStatus | 'off'} snowflake
 * @property {{ state: string, issued: { v4: number, v7: number } }} uuid
 * @property {readonly Refusal[]} [refusals]
 *
 * @typedef {{ index: number, pid: number, state: string, status?: ProcessStatus | null }} Process
 * @typedef {ProcessStatus & { processes?: readonly Process[] }} Status
 *
 * @typedef {object} TagRow a tag, summed over the processes that show it
 * @property {string} tag
 * @property {number} stepIds the greatest
 * @property {number} fill what is at hand to one step of each process; 0 to 1
 * @property {number} remaining
 * @property {number} reserved
 * @property {number} issued
 * @property {number} idsPerSecond
 * @property {number | null} secondsToEmpty of the process that is empty first
 * @property {number} waiters
 * @property {boolean} rewound
 * @property {string | null} failure
 * @property {{ outcome: string, durationMs: number, agoMs: number } | null} lastFetch
 */

/**
 * The processes of an instance; one where it says nothing of several.
 * @param {Status} status
 * @returns {readonly Process[]}
 */
export function processesOf(status) {
  if (status.processes !== undefined && status.processes.length > 0) return status.processes;
  return [{ index: 0, pid: status.pid, state: 'ready', status }];
}

/** Those that said something. @param {Status} status @returns {readonly ProcessStatus[]} */
export function answersOf(status) {
  return processesOf(status).flatMap(each => (each.status ? [each.status] : []));
}

/** @param {readonly ProcessStatus[]} answers @returns {readonly SegmentStatus[]} */
export function segmentsOf(answers) {
  return answers.flatMap(each => (each.segment === 'off' ? [] : [each.segment]));
}

/** @param {readonly ProcessStatus[]} answers @returns {readonly SnowflakeStatus[]} */
export function snowflakesOf(answers) {
  return answers.flatMap(each => (each.snowflake === 'off' ? [] : [each.snowflake]));
}

/** @param {TagStatus} each @returns {TagRow['lastFetch']} */
function fetchOf({ lastFetchOutcome, lastFetchMs, lastFetchAgoMs }) {
  if (lastFetchOutcome === null || lastFetchMs === null || lastFetchAgoMs === null) return null;
  return { outcome: lastFetchOutcome, durationMs: lastFetchMs, agoMs: lastFetchAgoMs };
}

/** @param {readonly TagStatus[]} same one tag in several processes @returns {TagRow} */
function rowOf(same) {
  const first = /** @type {TagStatus} */ (same[0]);
  /** @param {(each: TagStatus) => number} value */
  const sum = value => same.reduce((total, each) => total + value(each), 0);
  const remaining = sum(each => Number(each.remaining));
  const lasts = same.flatMap(each => (each.secondsToEmpty === null ? [] : [each.secondsToEmpty]));
  const fetches = same.flatMap(each => fetchOf(each) ?? []).sort((a, b) => a.agoMs - b.agoMs);
  return {
    tag: first.tag,
    stepIds: Math.max(...same.map(each => each.stepIds)),
    fill: Math.min(
      1,
      remaining /
        Math.max(
          1,
          sum(each => each.stepIds),
        ),
    ),
    remaining,
    reserved: sum(each => Number(each.reserved)),
    issued: sum(each => Number(each.issued)),
    idsPerSecond: sum(each => each.idsPerSecond),
    secondsToEmpty: lasts.length === 0 ? null : Math.min(...lasts),
    waiters: sum(each => each.waiters),
    rewound: same.some(each => each.rewound),
    failure: same.find(each => each.failure !== null)?.failure ?? null,
    lastFetch: fetches[0] ?? null,
  };
}

/** @type {Readonly<Record<string, (a: TagRow, b: TagRow) => number>>} */
const ORDERS = {
  rate: (a, b) => b.idsPerSecond - a.idsPerSecond,
  name: () => 0,
  empty: (a, b) => (a.secondsToEmpty ?? Number.MAX_VALUE) - (b.secondsToEmpty ?? Number.MAX_VALUE),
  waste: (a, b) => b.reserved - b.issued - (a.reserved - a.issued),
  fetch: (a, b) => (a.lastFetch?.agoMs ?? Number.MAX_VALUE) - (b.lastFetch?.agoMs ?? Number.MAX_VALUE),
};

/** @param {TagRow} row */
export function isFailing({ failure, rewound }) {
  return failure !== null || rewound;
}

/**
 * The tags of all processes, in the order in which the service was asked for them.
 * @param {readonly SegmentStatus[]} segments
 * @param {string} order
 * @returns {readonly TagRow[]}
 */
export function tagRows(segments, order) {
  /** @type {Map<string, TagStatus[]>} */
  const byTag = new Map();
  for (const each of segments.flatMap(segment => segment.tags)) {
    const same = byTag.get(each.tag);
    if (same === undefined) byTag.set(each.tag, [each]);
    else same.push(each);
  }
  const compare = ORDERS[order] ?? (() => 0);
  return [...byTag.values()]
    .map(rowOf)
    .sort((a, b) => Number(isFailing(b)) - Number(isFailing(a)) || compare(a, b) || (a.tag < b.tag ? -1 : 1));
}

/** @param {readonly ProcessStatus[]} answers @returns {readonly Refusal[]} the latest first */
export function refusalsOf(answers) {
  /** @type {Map<string, Refusal>} */
  const byCode = new Map();
  for (const each of answers.flatMap(answer => answer.refusals ?? [])) {
    const same = byCode.get(each.code);
    const latest = same === undefined || each.agoMs < same.agoMs ? each : same;
    byCode.set(each.code, { ...latest, count: each.count + (same?.count ?? 0) });
  }
  return [...byCode.values()].sort((a, b) => a.agoMs - b.agoMs);
}

/** IDs given since the start, by kind. @param {readonly ProcessStatus[]} answers */
export function issuedOf(answers) {
  /** @param {readonly { issued: string }[]} all */
  const sum = all => all.reduce((total, each) => total + Number(each.issued), 0);
  return {
    segment: sum(segmentsOf(answers)),
    snowflake: sum(snowflakesOf(answers)),
    uuid: answers.reduce((total, { uuid }) => total + uuid.issued.v4 + uuid.issued.v7, 0),
  };
}

import type {
  ProcessStatus,
  SegmentStatus,
  SnowflakeStatus,
  TagStatus,
} from '../../../src/http/dashboard/assets/status.js';

/** A tag that is well, except for what is given. */
export function aTag(tag: string, given: Partial<TagStatus> = {}): TagStatus {
  return {
    tag,
    stepIds: 1000,
    reserved: '1000',
    issued: '100',
    remaining: '900',
    idsPerSecond: 10,
    secondsToEmpty: 90,
    waiters: 0,
    rewound: false,
    failure: null,
    lastFetchMs: 2,
    lastFetchOutcome: 'ok',
    lastFetchAgoMs: 5000,
    ...given,
  };
}

export function aSegment(given: Partial<SegmentStatus> = {}): SegmentStatus {
  return {
    state: 'ready',
    store: 'mysql://db/ids',
    failure: null,
    knownTags: 2,
    issued: '100',
    health: { risks: [] },
    used: { count: 1, failing: 0, issued: '100', idsPerSecond: 10, soonestEmpty: { tag: 'order', seconds: 90 } },
    tags: [aTag('order')],
    tagsOmitted: 0,
    ...given,
  };
}

export function aSnowflake(given: Partial<SnowflakeStatus> = {}): SnowflakeStatus {
  return {
    state: 'ready',
    keeper: 'holding',
    store: 'mysql://db/ids',
    failure: null,
    reason: null,
    workerId: 3,
    layout: { epochMs: 1288834974657, timeBits: 41, workerBits: 10, sequenceBits: 12 },
    issued: '7',
    waiters: 0,
    limitLeftMs: 3000,
    boundLeftMs: 600_000,
    boundMs: 1_800_000_600_000,
    renewalFailure: null,
    aheadMs: 0,
    storeSkewMs: 4,
    remainingLifeMs: 53 * 365 * 24 * 3_600_000,
    ...given,
  };
}

/** A process that is well, except for what is given. */
export function aStatus(given: Partial<ProcessStatus> = {}): ProcessStatus {
  return {
    version: '1.2.3',
    host: 'pod-a',
    pid: 17,
    nowMs: 1_800_000_000_000,
    uptimeMs: 60_000,
    checks: { segment: 'ready', snowflake: 'ready', uuid: 'ready' },
    segment: aSegment(),
    snowflake: aSnowflake(),
    uuid: { state: 'ready', issued: { v4: 0, v7: 0 } },
    refusals: [],
    ...given,
  };
}

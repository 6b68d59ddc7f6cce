import { choice, integer, integerOrAuto, text } from './setting.ts';

const HOUR_MS = 3_600_000;

/** Snowflake mode and worker IDs. */
export const SNOWFLAKE_SETTINGS = {
  workerSlots: text({
    default: 'local:',
    pattern: /^(local:.*|mysql:\/\/.+|zookeeper:\/\/.+|static:\d{1,9}|statefulset:|memory:|off)$/s,
    expected:
      'local:, local:/path/directory, mysql://user:password@host:3306/database, zookeeper://user:password@host1:2181,host2:2181/tree, static:N, statefulset:, memory: (for trials only) or off',
    doc: 'Where snowflake worker IDs come from. `local:` alone is the directory `slots` in the data directory; `static:N` is the number N, which no other instance may have; `statefulset:` takes the number at the end of the host name (frond-0). User and tree of ZooKeeper may be left out. Passwords are never shown.',
  }),
  epochMs: integer({
    default: 1_288_834_974_657,
    min: 0,
    max: 2 ** 47,
    unit: 'Unix ms',
    doc: "Time zero of snowflakes; Leaf's (and Twitter's) by default. Fixed once a slot store was made.",
  }),
  timeBits: integer({ default: 41, min: 30, max: 47, unit: 'bits', doc: 'Bits for the milliseconds since the epoch.' }),
  workerBits: integer({ default: 10, min: 1, max: 20, unit: 'bits', doc: 'Bits for the worker ID.' }),
  sequenceBits: integer({
    default: 12,
    min: 4,
    max: 22,
    unit: 'bits',
    doc: 'Bits for the sequence within a millisecond.',
  }),
  renewIntervalMs: integer({
    default: 1000,
    min: 50,
    max: 60_000,
    unit: 'ms',
    doc: 'How often the high-water mark of time is persisted.',
  }),
  lookaheadMs: integer({
    default: 3000,
    min: 150,
    max: 300_000,
    unit: 'ms',
    doc: 'How far ahead of the clock time is persisted; also the longest wait of a start after a crash.',
  }),
  startWaitMaxMs: integer({
    default: 5000,
    min: 1150,
    max: 600_000,
    unit: 'ms',
    doc: 'The clock may be this far behind the persisted time at start; beyond it snowflakes are refused until it has caught up.',
  }),
  rollbackLimitMs: integer({
    default: 5000,
    min: 0,
    max: 600_000,
    unit: 'ms',
    doc: 'A clock that went back by no more than this is absorbed; beyond it snowflakes are refused.',
  }),
  forwardLimitMs: integer({
    default: 5000,
    min: 150,
    max: 3_600_000,
    unit: 'ms',
    doc: 'A clock that jumps ahead by more than this is not believed until it is confirmed.',
  }),
  forwardConfirmMs: integer({
    default: 10_000,
    min: 0,
    max: 3_600_000,
    unit: 'ms',
    doc: 'Without another clock to ask, a jump ahead is believed after it has held for this long.',
  }),
  skewLimitMs: integer({
    default: 10_000,
    min: 100,
    max: 3_600_000,
    unit: 'ms',
    doc: "The clock may differ by this much from the slot store's at start.",
  }),
  allowanceMs: integerOrAuto({
    min: 0,
    max: 24 * HOUR_MS,
    unit: 'ms',
    doc: 'With worker slots in a database or ZooKeeper: how long snowflakes flow on without it, and how long the worker ID of an instance that crashed stays taken, unless its data directory proves it dead. `auto`: 24 hours for an instance whose data directory has outlived a process that had a worker ID of the same slot store, else 10 minutes.',
  }),
  slotOnStop: choice({
    default: 'release',
    values: ['release', 'park'],
    doc: 'What a planned stop does with a worker ID from a database or ZooKeeper: give it back, or keep it for the next start on the same data directory. `park` needs a data directory.',
  }),
  offlineStart: choice({
    default: 'off',
    values: ['off', 'on'],
    doc: 'Whether a start that cannot reach the database or ZooKeeper of the worker slots goes on with the worker ID that the data directory proves. Never restore that directory from a copy while this is on.',
  }),
} as const;

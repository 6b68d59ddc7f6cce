import { choice, integer, integerOrAuto, type Setting, secret, text } from './setting.ts';

const HOUR_MS = 3_600_000;

/**
 * The one table of settings. Environment variable (`FROND_` + upper case), flag (`--kebab-case`), the option of
 * `createFrond`, `--help` and `docs/settings.md` all come from here. Units stand last in the names.
 */
export const SETTINGS = {
  host: text({
    default: '127.0.0.1',
    pattern: /^[A-Za-z0-9.:_-]{1,255}$/,
    expected: 'an address or host name to listen on',
    doc: 'Address to listen on. 0.0.0.0 or :: for every interface.',
  }),
  port: integer({ default: 8080, min: 0, max: 65_535, doc: 'TCP port to listen on; 0 takes a free one.' }),
  dataDir: text({
    default: './data',
    pattern: /^[^\0]{1,4000}$/,
    expected: 'a path, or none',
    doc: 'Directory for the embedded store and the worker slots; made when missing. On a local disk, never shared between hosts. `none` for an instance without state.',
  }),
  segmentStore: text({
    default: 'sqlite:',
    pattern: /^(sqlite:.*|mysql:\/\/\S+(\s+mysql:\/\/\S+)*|memory:|off)$/s,
    expected:
      'sqlite:, sqlite:/path/file.db, mysql://user:password@host:3306/database (or several of these, separated by spaces), memory: (loses all on exit) or off',
    doc: 'Where number ranges come from. `sqlite:` alone is a file in the data directory. Several MySQL databases are several primaries (docs/several-primaries.md). Passwords are never shown.',
  }),
  segmentCeiling: text({
    default: 'off',
    pattern: /^(zookeeper:\/\/.+|off)$/s,
    expected: 'zookeeper://user:password@host1:2181,host2:2181/tree or off',
    doc: 'Where a ceiling above all segment IDs is kept, so that none is given twice when the database goes back to an older state: after a failover that lost writes, a restored backup, two primaries at once. The tree may be that of the worker slots.',
  }),
  segmentCeilingPolicy: choice({
    default: 'required',
    values: ['required', 'preferred'],
    doc: 'While the ceiling cannot be reached: `required` fetches no ranges, `preferred` fetches them without it, and alarms.',
  }),
  segmentDurability: choice({
    default: 'warn',
    values: ['warn', 'refuse'],
    doc: 'What to do with a MySQL whose settings let it forget acknowledged writes in a crash.',
  }),
  segmentSemiSync: choice({
    default: 'off',
    values: ['off', 'warn', 'refuse'],
    doc: 'With a MySQL that replicates semi-synchronously: what to do with a range that no replica may have. `off` does not look.',
  }),
  workerSlots: text({
    default: 'local:',
    pattern: /^(local:.*|mysql:\/\/.+|zookeeper:\/\/.+|static:\d{1,9}|statefulset:|memory:|off)$/s,
    expected:
      'local:, local:/path/directory, mysql://user:password@host:3306/database, zookeeper://user:password@host1:2181,host2:2181/tree, static:N, statefulset:, memory: (for trials only) or off',
    doc: 'Where snowflake worker IDs come from. `local:` alone is the directory `slots` in the data directory; `static:N` is the number N, which no other instance may have; `statefulset:` takes the number at the end of the host name (frond-0). User and tree of ZooKeeper may be left out. Passwords are never shown.',
  }),
  adminToken: secret({
    pattern: /^[\x21-\x7e]{16,512}$/,
    expected: '16 to 512 printable ASCII characters without spaces',
    doc: 'Bearer token for the admin routes. Without one they answer only to direct loopback callers.',
  }),
  waitDeadlineMs: integer({
    default: 1000,
    min: 0,
    max: 60_000,
    unit: 'ms',
    doc: 'The longest that a call waits for an ID before it is refused.',
  }),
  maxWaiters: integer({
    default: 10_000,
    min: 1,
    max: 1_000_000,
    doc: 'Calls that may wait at one time, per tag and for snowflakes.',
  }),
  maxCountIds: integer({
    default: 100_000,
    min: 1,
    max: 1_000_000,
    unit: 'IDs',
    doc: 'The largest `count` of one request for IDs.',
  }),
  maxRangeIds: integer({
    default: 10_000_000,
    min: 1,
    max: 1_000_000_000,
    unit: 'IDs',
    doc: 'The largest `count` of one request for ranges.',
  }),
  segmentTargetMs: integer({
    default: HOUR_MS / 4,
    min: 1000,
    max: 24 * HOUR_MS,
    unit: 'ms',
    doc: 'How long one range should last: its size is the rate of the tag times this. The next one is fetched when three quarters of it are left, so a database may be away for that long.',
  }),
  stepMaxIds: integer({
    // A whole target at the million IDs a second that one process is made for; Leaf's million is gone in 5 s at 200,000.
    default: 1_000_000_000,
    min: 1,
    max: 2 ** 31 - 1,
    unit: 'IDs',
    doc: 'The largest range that growth may reach; a process that ends loses two of them at the most. A larger step in the table is honoured. Lower it where IDs must stay small, as in a 32-bit column.',
  }),
  tagRefreshMs: integer({
    default: 60_000,
    min: 100,
    max: HOUR_MS,
    unit: 'ms',
    doc: 'How often steps and removals that others made in the store are looked up.',
  }),
  preloadTags: text({
    default: '',
    pattern: /^(\*|[A-Za-z0-9][A-Za-z0-9._:-]{0,127}(,[A-Za-z0-9][A-Za-z0-9._:-]{0,127})*|)$/,
    expected: 'tag names with commas between, or * for all tags',
    doc: 'Tags that get their first range at the start, before anybody asks. A start waits for them no longer than a call for an ID. Each start takes a range of each, so name those that are used.',
  }),
  storeTimeoutMs: integer({
    default: 1000,
    min: 50,
    max: 60_000,
    unit: 'ms',
    doc: 'The longest that one call to the database may take, connecting included.',
  }),
  storePoolSize: integer({ default: 4, min: 1, max: 64, doc: 'Connections to the database, at the most.' }),
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
    doc: 'With worker slots in a database or ZooKeeper: how long snowflakes flow on without it, and how long the worker ID of an instance that crashed stays taken, unless its data directory proves it dead. `auto`: 24 hours for an instance whose data directory has outlived a process, else 10 minutes.',
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
  headersTimeoutMs: integer({
    default: 5000,
    min: 100,
    max: 120_000,
    unit: 'ms',
    doc: 'A client must send its request headers within this time.',
  }),
  requestTimeoutMs: integer({
    default: 10_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    doc: 'A client must send its whole request within this time.',
  }),
  keepAliveTimeoutMs: integer({
    default: 65_000,
    min: 0,
    max: 3_600_000,
    unit: 'ms',
    doc: "An idle connection is closed after this time; keep it above the load balancer's.",
  }),
  maxHeaderBytes: integer({
    default: 8192,
    min: 1024,
    max: 65_536,
    unit: 'bytes',
    doc: 'The largest request head that is accepted.',
  }),
  maxConnections: integer({
    default: 10_000,
    min: 1,
    max: 1_000_000,
    doc: 'Connections that may be open at one time.',
  }),
  drainMs: integer({
    default: 1500,
    min: 0,
    max: 120_000,
    unit: 'ms',
    doc: 'After SIGTERM the instance says that it is not ready, and goes on answering for this long.',
  }),
  stopTimeoutMs: integer({
    default: 10_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    doc: 'After the drain, open connections are cut off at this time.',
  }),
  metricsTagLimit: integer({
    default: 200,
    min: 0,
    max: 100_000,
    doc: 'Tags that get metrics of their own; the rest are summed under the tag `other`.',
  }),
  logLevel: choice({
    default: 'info',
    values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    doc: 'The least severe log lines that are written.',
  }),
  logFormat: choice({
    default: 'auto',
    values: ['auto', 'json', 'pretty'],
    doc: '`auto` is pretty on a terminal and JSON otherwise.',
  }),
} as const satisfies Record<string, Setting<never> | Setting<string> | Setting<number> | Setting<number | 'auto'>>;

export type SettingName = keyof typeof SETTINGS;

/** Every setting with its value; frozen. */
export type Config = { readonly [K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

import { choice, integer, text } from './setting.ts';

const HOUR_MS = 3_600_000;

/** Segment mode. */
export const SEGMENT_SETTINGS = {
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
} as const;

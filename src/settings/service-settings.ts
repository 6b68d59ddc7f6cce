import { choice, integer, integerOrAuto, text } from './setting.ts';

/** Where an instance keeps its files, and what it says of itself. */
export const SERVICE_SETTINGS = {
  dataDir: text({
    default: './data',
    pattern: /^[^\0]{1,4000}$/,
    expected: 'a path, or none',
    doc: 'Directory for the embedded store and the worker slots; made when missing. On a local disk, never shared between hosts. `none` for an instance without state.',
  }),
  processes: integerOrAuto({
    default: 1,
    min: 1,
    max: 64,
    doc: 'Serving processes on the one port, each with its own worker ID and buffers; `auto` is one for each core. More than one have a parent that replaces those that crash.',
  }),
  metricsTagLimit: integer({
    default: 200,
    min: 0,
    max: 100_000,
    doc: 'Tags that get metrics of their own; the rest are summed under the tag `(other)`.',
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
} as const;

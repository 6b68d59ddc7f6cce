import { integer, integerOrAuto } from './setting.ts';

/** How much callers may ask for, and what happens when all of them together ask for too much. */
export const LIMIT_SETTINGS = {
  tagLimitIdsPerS: integer({
    default: 0,
    min: 0,
    max: 1_000_000_000,
    unit: 'IDs/s',
    doc: 'How many IDs of one tag this instance gives in a second; a batch counts for its IDs. 0: no limit. Several processes have an equal part each.',
  }),
  tagLimitBurstIds: integerOrAuto({
    min: 1,
    max: 1_000_000_000,
    unit: 'IDs',
    doc: 'How many IDs of one tag may be asked for at once after a pause; no batch may be larger. `auto`: those of a second.',
  }),
  clientLimitRequestsPerS: integer({
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'requests/s',
    doc: "How many requests of one client this instance answers in a second; health, the page, the API document and scrapes that are let through do not count. A client is a token's name, or an address (of IPv6 a /64 network). 0: no limit. Several processes have an equal part each.",
  }),
  clientLimitBurstRequests: integerOrAuto({
    min: 1,
    max: 1_000_000,
    unit: 'requests',
    doc: 'How many requests a client may make at once after a pause. `auto`: those of a second.',
  }),
  maxWaitingRequests: integer({
    default: 10_000,
    min: 1,
    max: 1_000_000,
    doc: 'Requests that may wait for IDs at one time, over all tags; more are refused at once.',
  }),
  batchBufferMaxBytes: integer({
    default: 67_108_864,
    min: 1_048_576,
    max: 17_179_869_184,
    unit: 'bytes',
    doc: 'How much of batches over 1000 IDs, and of smaller ones behind another answer of their connection, may be in memory at one time; more batches are refused at once.',
  }),
  overloadDelayMs: integer({
    default: 200,
    min: 0,
    max: 60_000,
    unit: 'ms',
    doc: 'When every request stands so long for its turn, waits, large batches and admin routes are refused, and single IDs given. 0: never.',
  }),
} as const;

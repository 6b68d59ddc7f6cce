import { integer } from './setting.ts';

/** Waiting and stores, for every mode. */
export const STORE_SETTINGS = {
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
  storeTimeoutMs: integer({
    default: 1000,
    min: 50,
    max: 60_000,
    unit: 'ms',
    doc: 'The longest that one call to the database may take, connecting included.',
  }),
  storePoolSize: integer({ default: 4, min: 1, max: 64, doc: 'Connections to the database, at the most.' }),
} as const;

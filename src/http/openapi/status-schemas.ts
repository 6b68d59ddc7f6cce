import { reference } from './reference.ts';
import type { Schema } from './shapes.ts';

const count: Schema = { type: 'integer', minimum: 0 };
const orNull = (type: string) => ({ type: [type, 'null'] });
const state = { enum: ['new', 'starting', 'ready', 'refusing', 'stopping', 'stopped'] };
const checks: Schema = {
  type: 'object',
  description: 'One word or sentence for each part of the instance.',
  additionalProperties: { type: 'string' },
};

/** An object to which further fields may come with any version. */
function open(
  description: string,
  core: Readonly<Record<string, Schema>>,
  more: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    description,
    properties: { ...core, ...more },
    required: Object.keys(core),
    additionalProperties: true,
  };
}

const modeOr = (name: string): Schema => ({ anyOf: [{ const: 'off' }, reference('schemas', name)] });

const processes: Schema = {
  type: 'array',
  description: 'Every serving process, where there are several.',
  items: open(
    'A process.',
    { index: count, state: { enum: ['ready', 'down', 'silent'] } },
    { pid: orNull('integer'), status: { ...orNull('object'), description: 'What that process says of itself.' } },
  ),
};

/** Health, readiness and the state of the instance. */
export const STATUS_SCHEMAS = {
  Health: { type: 'object', properties: { status: { const: 'ok' } }, required: ['status'] },
  Ready: {
    type: 'object',
    properties: { status: { const: 'ready' }, checks },
    required: ['status', 'checks'],
  },
  NotReady: {
    type: 'object',
    properties: { status: { enum: ['not ready', 'stopping'] }, checks },
    required: ['status', 'checks'],
  },
  Status: open(
    'The stable core of what an instance says of itself; further fields come and go.',
    {
      version: { type: 'string' },
      ready: { type: 'boolean' },
      checks,
      segment: modeOr('SegmentStatus'),
      snowflake: modeOr('SnowflakeStatus'),
      uuid: open('UUIDs.', { state }),
    },
    { processes },
  ),
  SegmentStatus: open('Segments.', {
    kind: { const: 'segment' },
    state,
    store: { type: 'string' },
    failure: { ...orNull('string'), description: 'The code of what keeps the store from being used.' },
    storeFailure: {
      anyOf: [
        { type: 'null' },
        open('Why the store gave no answer to the latest fetch, look-up or reading of the list of tags.', {
          code: { type: 'string' },
          reason: { type: 'string' },
          silentMs: count,
        }),
      ],
    },
    knownTags: count,
    issued: reference('schemas', 'Decimal'),
    tags: {
      type: 'array',
      description: 'The tags that were used.',
      items: open('A tag.', {
        tag: reference('schemas', 'TagName'),
        stepIds: count,
        issued: reference('schemas', 'Decimal'),
        remaining: reference('schemas', 'Decimal'),
        secondsToEmpty: orNull('number'),
        waiters: count,
        failure: orNull('string'),
      }),
    },
  }),
  SnowflakeStatus: open('Snowflakes.', {
    kind: { const: 'snowflake' },
    state,
    keeper: { type: 'string' },
    store: { type: 'string' },
    failure: { ...orNull('string'), description: 'The code of what keeps IDs from being given.' },
    reason: orNull('string'),
    workerId: orNull('integer'),
    layout: open('How an ID is made up.', {
      epochMs: count,
      timeBits: count,
      workerBits: count,
      sequenceBits: count,
    }),
    issued: reference('schemas', 'Decimal'),
    waiters: count,
  }),
  Decimal: { type: 'string', pattern: '^[0-9]+$' },
} as const satisfies Record<string, Schema>;

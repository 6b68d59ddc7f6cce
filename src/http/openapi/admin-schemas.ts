import { DESCRIPTION_MAX_CHARS, ID_MAX, STEP_MAX_IDS } from '../../allocators/tag-directory.ts';
import { decimalPattern } from './decimal-pattern.ts';
import { reference } from './reference.ts';
import type { Schema } from './shapes.ts';

const step: Schema = {
  type: 'integer',
  minimum: 1,
  maximum: STEP_MAX_IDS,
  description: 'The least that a process takes from the store at a time.',
};

const description: Schema = { type: ['string', 'null'], maxLength: DESCRIPTION_MAX_CHARS };

const time = { type: 'string', format: 'date-time' } as const;

/** What PUT and PATCH take. */
const change = {
  step,
  description,
  maxId: {
    description: `The first ID not yet handed out, 1 to ${ID_MAX}; a tag never goes down.`,
    anyOf: [
      {
        allOf: [
          { type: 'string', pattern: '^[1-9]' },
          { type: 'string', pattern: decimalPattern(ID_MAX) },
        ],
      },
      { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    ],
  },
} as const satisfies Record<string, Schema>;

/** Tags and worker IDs. */
export const ADMIN_SCHEMAS = {
  TagChange: { type: 'object', properties: change, required: ['step'], additionalProperties: false },
  TagPatch: {
    type: 'object',
    description: 'A JSON merge patch (RFC 7396): what is not named stays, null clears the description.',
    properties: change,
    additionalProperties: false,
  },
  Tag: {
    type: 'object',
    properties: {
      tag: reference('schemas', 'TagName'),
      step,
      maxId: reference('schemas', 'DecimalId'),
      description: { type: ['string', 'null'] },
      updatedAt: { ...time, type: ['string', 'null'] },
    },
    required: ['tag', 'step', 'maxId', 'description', 'updatedAt'],
  },
  TagList: {
    type: 'object',
    properties: { tags: { type: 'array', items: reference('schemas', 'Tag') } },
    required: ['tags'],
  },
  Worker: {
    type: 'object',
    properties: {
      workerId: { type: 'integer', minimum: 0 },
      state: { enum: ['held', 'released'] },
      owner: {
        type: 'object',
        description: 'Who held it last; a hint.',
        properties: {
          host: { type: 'string' },
          port: { type: ['integer', 'null'] },
          pid: { type: 'integer' },
        },
        required: ['host', 'port', 'pid'],
      },
      incarnation: { type: 'integer', minimum: 0, description: 'Claims of this worker ID so far.' },
      renewals: { type: 'integer', minimum: 0, description: 'Writes under the present claim.' },
      highWater: time,
      bound: { ...time, description: 'The greatest time that the holder may use without asking again.' },
      free: { type: 'boolean', description: 'True when a starting instance may claim it now.' },
      why: { type: 'string', description: 'Why it is or is not free.' },
      freeAt: { ...time, type: ['string', 'null'], description: 'When time alone frees it.' },
    },
    required: ['workerId', 'state', 'owner', 'incarnation', 'renewals', 'highWater', 'bound', 'free', 'why', 'freeAt'],
  },
  WorkerList: {
    type: 'object',
    properties: { workers: { type: 'array', items: reference('schemas', 'Worker') } },
    required: ['workers'],
  },
} as const satisfies Record<string, Schema>;

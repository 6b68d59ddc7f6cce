import { ID_MAX } from '../../allocators/tag-directory.ts';
import { TAG_NAME } from '../../allocators/tag-name.ts';
import { decimalPattern } from './decimal-pattern.ts';
import type { DocumentTerms, Parameter, Schema } from './shapes.ts';
import { STATUS_PARAMETERS } from './status-parameters.ts';

const MANY = 'How many IDs. Without it one is given, in the single form.';
const COUNT_BOUND = 'At most `FROND_MAX_COUNT_IDS`';
const RANGE_BOUND = 'At most `FROND_MAX_RANGE_IDS`';
const WAIT_BOUND = 'and what the layout can give within `FROND_WAIT_DEADLINE_MS`';

function countOf(maximum: number, description: string): Parameter {
  return { name: 'count', in: 'query', description, schema: { type: 'integer', minimum: 1, maximum }, example: 3 };
}

function rangeCountOf(maximum: number, description: string): Parameter {
  return { ...countOf(maximum, description), required: true, example: 1000 };
}

function fallback(kinds: readonly string[]): Parameter {
  return {
    name: 'fallback',
    in: 'query',
    description:
      'Kinds that may stand in, in this order, when the asked one answers 503. `Frond-Kind` then says which answered.',
    style: 'form',
    explode: false,
    schema: { type: 'array', items: { enum: kinds }, minItems: 1, uniqueItems: true },
    example: ['uuid'],
  };
}

const TAG_SCHEMA: Schema = { type: 'string', pattern: TAG_NAME.source, minLength: 1, maxLength: 128 };
const SNOWFLAKE_TEXT: Schema = { type: 'string', pattern: decimalPattern(ID_MAX) };
const SNOWFLAKE_EXAMPLE = '2124429340903997456';

/** Every parameter, by the name of its component. */
export function parametersOf({ limits }: DocumentTerms) {
  return {
    Tag: {
      name: 'tag',
      in: 'path',
      description: 'A tag: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, beginning with a letter or digit.',
      required: true,
      schema: TAG_SCHEMA,
      example: 'demo',
    },
    LeafTag: {
      name: 'key',
      in: 'path',
      description: "A tag (Leaf's key).",
      required: true,
      schema: TAG_SCHEMA,
      example: 'demo',
    },
    LeafKey: {
      name: 'key',
      in: 'path',
      description: 'Any text but an empty one. Leaf asks for it and does not look at it.',
      required: true,
      schema: { type: 'string', minLength: 1 },
      example: 'any',
    },
    Id: {
      name: 'id',
      in: 'path',
      description: 'A snowflake ID: a decimal number from 0 to 9223372036854775807.',
      required: true,
      schema: SNOWFLAKE_TEXT,
      example: SNOWFLAKE_EXAMPLE,
    },
    LeafId: {
      name: 'snowflakeId',
      in: 'query',
      description: 'A snowflake ID: a decimal number from 0 to 9223372036854775807.',
      required: true,
      schema: SNOWFLAKE_TEXT,
      example: SNOWFLAKE_EXAMPLE,
    },
    Count: countOf(limits.countIds, `${MANY} ${COUNT_BOUND}.`),
    SnowflakeCount: countOf(limits.snowflakeCountIds, `${MANY} ${COUNT_BOUND}, ${WAIT_BOUND}.`),
    RangeCount: rangeCountOf(limits.rangeIds, `How many IDs. ${RANGE_BOUND}.`),
    SnowflakeRangeCount: rangeCountOf(limits.snowflakeRangeIds, `How many IDs. ${RANGE_BOUND}, ${WAIT_BOUND}.`),
    Version: {
      name: 'version',
      in: 'query',
      description: '7: by time, strictly increasing in a process. 4: random.',
      schema: { type: 'integer', enum: [4, 7], default: 7 },
      example: 7,
    },
    SegmentFallback: fallback(['uuid', 'snowflake']),
    SnowflakeFallback: fallback(['uuid']),
    ...STATUS_PARAMETERS,
    IfNoneMatch: {
      name: 'If-None-Match',
      in: 'header',
      description: '`*`: only create the tag; 412 when there is one. Every other value is as if it were not there.',
      schema: { type: 'string' },
      example: '*',
    },
  } as const satisfies Record<string, Parameter>;
}

export type ParameterName = keyof ReturnType<typeof parametersOf>;

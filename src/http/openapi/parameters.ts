import { TAG_NAME } from '../../allocators/tag-name.ts';
import type { DocumentTerms, Parameter, Schema } from './shapes.ts';

const count = (maximum: number): Schema => ({ type: 'integer', minimum: 1, maximum });

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
const SNOWFLAKE_TEXT: Schema = { type: 'string', pattern: '^[0-9]{1,19}$' };
const SNOWFLAKE_EXAMPLE = '2124429340903997456';

/** Every parameter, by the name of its component. */
export function parametersOf({ maxCountIds, maxRangeIds }: DocumentTerms) {
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
    Count: {
      name: 'count',
      in: 'query',
      description: 'How many IDs. Without it one is given, in the single form. At most `FROND_MAX_COUNT_IDS`.',
      schema: count(maxCountIds),
      example: 3,
    },
    RangeCount: {
      name: 'count',
      in: 'query',
      description: 'How many IDs. At most `FROND_MAX_RANGE_IDS`.',
      required: true,
      schema: count(maxRangeIds),
      example: 1000,
    },
    Version: {
      name: 'version',
      in: 'query',
      description: '7: by time, strictly increasing in a process. 4: random.',
      schema: { type: 'integer', enum: [4, 7], default: 7 },
      example: 7,
    },
    SegmentFallback: fallback(['uuid', 'snowflake']),
    SnowflakeFallback: fallback(['uuid']),
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

import { TAG_NAME } from '../../allocators/tag-name.ts';
import { reference } from './reference.ts';
import type { Schema } from './shapes.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** The field `tag` of an answer about segments. */
const tagField = { tag: reference('schemas', 'TagName') };

function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

const kindField = (kind: string) => ({ kind: { const: kind } });
const list = (items: Schema): Schema => ({ type: 'array', items, minItems: 1 });

const decimal = reference('schemas', 'DecimalId');
const uuid = reference('schemas', 'Uuid');
const ranges = { ranges: list(reference('schemas', 'IdRange')) };

/** One ID, many, and ranges, as text and as JSON. */
export const ID_SCHEMAS = {
  TagName: { type: 'string', pattern: TAG_NAME.source, maxLength: 128 },
  DecimalId: {
    type: 'string',
    description: 'A 64-bit number from 0 to 9223372036854775807. Text, since a JavaScript number would lose digits.',
    pattern: '^[0-9]{1,19}$',
  },
  Uuid: { type: 'string', pattern: `^${UUID}$` },
  DecimalText: {
    type: 'string',
    description: 'One ID without an end of line; with `count` one a line, each with its end.',
    pattern: '^[0-9]+$|^(?:[0-9]+\\n)+$',
  },
  UuidText: {
    type: 'string',
    description: 'One UUID without an end of line; with `count` one a line, each with its end.',
    pattern: `^${UUID}$|^(?:${UUID}\\n)+$`,
  },
  SegmentId: object({ id: decimal, ...kindField('segment'), ...tagField }),
  SnowflakeId: object({ id: decimal, ...kindField('snowflake') }),
  UuidId: object({ id: uuid, ...kindField('uuid') }),
  SegmentIds: object({ ids: list(decimal), ...kindField('segment'), ...tagField }),
  SnowflakeIds: object({ ids: list(decimal), ...kindField('snowflake') }),
  UuidIds: object({ ids: list(uuid), ...kindField('uuid') }),
  IdRange: {
    ...object({ start: decimal, end: decimal, step: decimal }),
    description: 'The IDs `start`, `start + step`, … up to and with `end`.',
  },
  SegmentRanges: object({ ...kindField('segment'), ...tagField, ...ranges }),
  SnowflakeRanges: object({ ...kindField('snowflake'), ...ranges }),
  DecodedId: {
    ...object({
      id: decimal,
      ...kindField('snowflake'),
      time: { type: 'string', format: 'date-time' },
      timeMs: { type: 'integer', description: 'Unix milliseconds.' },
      workerId: { type: 'integer', minimum: 0 },
      sequence: { type: 'integer', minimum: 0 },
    }),
    description: 'What a snowflake ID says under the layout of this instance.',
  },
  LeafDecodedId: {
    ...object({
      timestamp: {
        type: 'string',
        pattern: '^[0-9]+\\([0-9]{4,}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}\\)$',
      },
      sequenceId: { type: 'string', pattern: '^[0-9]+$' },
      workerId: { type: 'string', pattern: '^[0-9]+$' },
    }),
    description: "Leaf's own names and types; the time is in the zone of the process.",
  },
} as const satisfies Record<string, Schema>;

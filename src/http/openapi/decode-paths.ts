import { answer, type HeadTerms, json, operation, path } from './operation.ts';
import { reference } from './reference.ts';
import type { Paths } from './shapes.ts';

const decode = operation({
  operationId: 'decode',
  tag: 'IDs',
  role: 'ids',
  summary: 'What a snowflake ID says',
  parameters: ['Id'],
  good: {
    200: answer(
      'Its time, worker ID and sequence.',
      json('DecodedId', {
        id: '2124429340903997456',
        kind: 'snowflake',
        time: '2026-11-22T09:06:39.517Z',
        timeMs: 1795338399517,
        workerId: 0,
        sequence: 16,
      }),
    ),
  },
  bad: ['BadArgument', 'ModeOff', 'Unavailable'],
});

const leafSegment = operation({
  operationId: 'leafSegmentId',
  tag: 'Leaf',
  role: 'ids',
  summary: 'One ID of a tag',
  description: 'Always the bare text. A query is not looked at.',
  parameters: ['LeafTag'],
  good: {
    200: answer('An ID.', {
      'text/plain': { schema: reference('schemas', 'DecimalId'), examples: { answer: { value: '1009' } } },
    }),
  },
  bad: ['BadArgument', 'NoTag', 'SegmentUnavailable'],
});

const leafSnowflake = operation({
  operationId: 'leafSnowflakeId',
  tag: 'Leaf',
  role: 'ids',
  summary: 'One snowflake ID',
  description: 'Always the bare text. A query is not looked at.',
  parameters: ['LeafKey'],
  good: {
    200: answer('An ID.', {
      'text/plain': {
        schema: reference('schemas', 'DecimalId'),
        examples: { answer: { value: '2126587546619085831' } },
      },
    }),
  },
  bad: ['ModeOff', 'SnowflakeUnavailable'],
});

const leafDecode = operation({
  operationId: 'leafDecode',
  tag: 'Leaf',
  role: 'ids',
  summary: 'What a snowflake ID says',
  parameters: ['LeafId'],
  good: {
    200: answer(
      'Its time, worker ID and sequence, all as text.',
      json('LeafDecodedId', {
        timestamp: '1795338399517(2026-11-22 09:06:39.517)',
        sequenceId: '16',
        workerId: '0',
      }),
    ),
  },
  bad: ['BadArgument', 'ModeOff', 'Unavailable'],
});

const HEAD: HeadTerms = { summary: 'Whether GET would be tried in vain; takes no ID' };

/** What an ID says, and Leaf's own routes. */
export const DECODE_PATHS: Paths = {
  '/decode/{id}': path(decode),
  '/api/segment/get/{key}': path(leafSegment, {}, HEAD),
  '/api/snowflake/get/{key}': path(leafSnowflake, {}, HEAD),
  '/decodeSnowflakeId': path(leafDecode),
};

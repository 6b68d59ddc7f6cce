import { headers } from './headers.ts';
import { answer, type HeadTerms, json, operation, path, type Terms } from './operation.ts';
import { reference } from './reference.ts';
import type { Content, Operation, Paths, Response } from './shapes.ts';

const HEAD_SUMMARY = 'Whether GET would be tried in vain; takes no ID';
const SEGMENT_HEAD_SUMMARY = `${HEAD_SUMMARY} and does not look for the tag`;
const HOW = 'Text by default, JSON with `Accept: application/json`. A parameter that is not listed is refused (400).';
const RANGES = 'As few ranges as possible: a million IDs cost as little as one. Always JSON.';

/** One ID and three of them, in a form. */
interface Shown {
  readonly schemas: readonly string[];
  readonly one: unknown;
  readonly three: unknown;
}

function mediaOf({ schemas, one, three }: Shown) {
  return {
    schema: { anyOf: schemas.map(name => reference('schemas', name)) },
    examples: { one: { value: one }, many: { summary: '`count=3`', value: three } },
  };
}

function given(text: Shown, asJson: Shown, more?: Response['headers']): Response {
  const content: Content = { 'text/plain': mediaOf(text), 'application/json': mediaOf(asJson) };
  return answer('An ID, or as many as were asked for.', content, more);
}

const ids = (terms: Omit<Terms, 'tag' | 'role'>): Operation => operation({ tag: 'IDs', role: 'ids', ...terms });

const UUIDS = [
  '01a2215f-78e5-7165-be61-72b4b99dd89f',
  '01a2215f-78e6-733b-a41d-849d626ff18a',
  '01a2215f-78e6-733b-a41d-8ba442c1930d',
];
const SNOWFLAKES = ['2126587546619084828', '2126587546619084829', '2126587546619084830'];
const lines = (texts: readonly string[]) => texts.map(text => `${text}\n`).join('');

const segmentId = ids({
  operationId: 'segmentId',
  summary: 'One ID of a tag, or many',
  description: `A number, strictly increasing in a process. ${HOW}`,
  parameters: ['Tag', 'Count', 'SegmentFallback'],
  good: {
    200: given(
      { schemas: ['DecimalText', 'UuidText'], one: '1', three: lines(['2', '3', '4']) },
      {
        schemas: ['SegmentId', 'SegmentIds', 'SnowflakeId', 'SnowflakeIds', 'UuidId', 'UuidIds'],
        one: { id: '5', kind: 'segment', tag: 'demo' },
        three: { ids: ['6', '7', '8'], kind: 'segment', tag: 'demo' },
      },
      headers('Frond-Kind'),
    ),
  },
  bad: ['BadArgument', 'NoTag', 'SegmentUnavailable'],
});

const segmentRanges = ids({
  operationId: 'segmentRanges',
  summary: 'Many IDs of a tag as ranges',
  description: RANGES,
  parameters: ['Tag', 'RangeCount'],
  good: {
    200: answer(
      'Ranges, ends included.',
      json('SegmentRanges', { kind: 'segment', tag: 'demo', ranges: [{ start: '9', end: '1008', step: '1' }] }),
    ),
  },
  bad: ['BadArgument', 'NoTag', 'SegmentUnavailable'],
});

const snowflakeId = ids({
  operationId: 'snowflakeId',
  summary: 'One snowflake ID, or many',
  description: `63 bits by time, strictly increasing in a process. ${HOW}`,
  parameters: ['SnowflakeCount', 'SnowflakeFallback'],
  good: {
    200: given(
      { schemas: ['DecimalText', 'UuidText'], one: SNOWFLAKES[0], three: lines(SNOWFLAKES) },
      {
        schemas: ['SnowflakeId', 'SnowflakeIds', 'UuidId', 'UuidIds'],
        one: { id: SNOWFLAKES[0], kind: 'snowflake' },
        three: { ids: SNOWFLAKES, kind: 'snowflake' },
      },
      headers('Frond-Kind'),
    ),
  },
  bad: ['BadArgument', 'ModeOff', 'SnowflakeUnavailable'],
});

const snowflakeRanges = ids({
  operationId: 'snowflakeRanges',
  summary: 'Many snowflake IDs as ranges',
  description: RANGES,
  parameters: ['SnowflakeRangeCount'],
  good: {
    200: answer(
      'Ranges, ends included.',
      json('SnowflakeRanges', {
        kind: 'snowflake',
        ranges: [{ start: '2126587546619084831', end: '2126587546619085830', step: '1' }],
      }),
    ),
  },
  bad: ['BadArgument', 'ModeOff', 'SnowflakeUnavailable'],
});

const uuid = ids({
  operationId: 'uuid',
  summary: 'One UUID, or many',
  description: HOW,
  parameters: ['Count', 'Version'],
  good: {
    200: given(
      { schemas: ['UuidText'], one: UUIDS[0], three: lines(UUIDS) },
      {
        schemas: ['UuidId', 'UuidIds'],
        one: { id: UUIDS[0], kind: 'uuid' },
        three: { ids: UUIDS, kind: 'uuid' },
      },
    ),
  },
  bad: ['BadArgument', 'Unavailable'],
});

/** HEAD asks no source, which alone knows what the layout can give in time. */
const SNOWFLAKE_HEAD: HeadTerms = { summary: HEAD_SUMMARY, parameters: ['Count', 'SnowflakeFallback'] };

export const ID_PATHS: Paths = {
  '/id/segment/{tag}': path(segmentId, {}, { summary: SEGMENT_HEAD_SUMMARY }),
  '/id/segment/{tag}/ranges': path(segmentRanges, {}, { summary: SEGMENT_HEAD_SUMMARY }),
  '/id/snowflake': path(snowflakeId, {}, SNOWFLAKE_HEAD),
  '/id/snowflake/ranges': path(snowflakeRanges, {}, { summary: HEAD_SUMMARY, parameters: ['RangeCount'] }),
  '/id/uuid': path(uuid, {}, { summary: HEAD_SUMMARY }),
};

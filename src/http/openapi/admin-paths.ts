import { BODY_MAX_BYTES, PATCH_TYPES, PUT_TYPES } from '../tag-body-types.ts';
import { headers } from './headers.ts';
import { answer, json, operation, path, type Terms } from './operation.ts';
import { reference } from './reference.ts';
import type { Content, Operation, Paths } from './shapes.ts';

const TAG = {
  tag: 'order',
  step: 1000,
  maxId: '1',
  description: 'orders',
  updatedAt: '2026-11-24T09:10:42.000Z',
};

const ADMIN =
  'For admins: without tokens direct loopback callers alone are let through, with them whoever has the scope `admin`.';

const admin = (terms: Omit<Terms, 'role'>): Operation => {
  const { description } = terms;
  return operation({
    role: 'admin',
    ...terms,
    description: description === undefined ? ADMIN : `${description} ${ADMIN}`,
  });
};

function bodyOf(schema: string, types: readonly string[], value: unknown) {
  const media = { schema: reference('schemas', schema), examples: { body: { value } } };
  const content: Content = Object.fromEntries(types.map(type => [type, media]));
  return { required: true, content };
}

const BODY_LIMIT = `The body may have ${BODY_MAX_BYTES} bytes.`;

const list = admin({
  operationId: 'listTags',
  tag: 'Tags',
  summary: 'All tags',
  good: { 200: answer('All tags but retired ones.', json('TagList', { tags: [TAG] })) },
  bad: ['ModeOff', 'SegmentUnavailable'],
});

const get = admin({
  operationId: 'getTag',
  tag: 'Tags',
  summary: 'One tag',
  parameters: ['Tag'],
  good: { 200: answer('The tag.', json('Tag', TAG)) },
  bad: ['BadArgument', 'NoTag', 'SegmentUnavailable'],
});

const put = admin({
  operationId: 'putTag',
  tag: 'Tags',
  summary: 'Create a tag, or change it',
  description: `What is not named stays as it is. ${BODY_LIMIT}`,
  parameters: ['Tag', 'IfNoneMatch'],
  requestBody: bodyOf('TagChange', PUT_TYPES, { step: 1000, description: 'orders' }),
  good: {
    200: answer('The tag that was there already, as it is now.', json('Tag', TAG)),
    201: answer('The new tag.', json('Tag', TAG)),
  },
  bad: ['BadArgument', 'ModeOff', 'TagWouldRewind', 'TagExists', 'UnsupportedMediaType', 'SegmentUnavailable'],
});

const patch = admin({
  operationId: 'patchTag',
  tag: 'Tags',
  summary: 'Change a tag',
  description: `Never creates one. ${BODY_LIMIT}`,
  parameters: ['Tag'],
  requestBody: bodyOf('TagPatch', PATCH_TYPES, { step: 5000 }),
  good: { 200: answer('The tag as it is now.', json('Tag', { ...TAG, step: 5000 })) },
  bad: ['BadArgument', 'NoTag', 'TagWouldRewind', 'UnsupportedMediaType', 'SegmentUnavailable'],
});

const retire = admin({
  operationId: 'retireTag',
  tag: 'Tags',
  summary: 'Retire a tag',
  description: 'Its row stays: should it ever be created again, it goes on above all its IDs.',
  parameters: ['Tag'],
  good: { 204: { description: 'It gives no IDs any more.', headers: headers('Cache-Control') } },
  bad: ['BadArgument', 'NoTag', 'SegmentUnavailable'],
});

const workers = admin({
  operationId: 'listWorkers',
  tag: 'Workers',
  summary: 'Every worker ID that was ever used: who has it, and when it is free',
  good: {
    200: answer(
      'In the order of worker IDs.',
      json('WorkerList', {
        workers: [
          {
            workerId: 0,
            state: 'held',
            owner: { host: 'pod-a', port: null, pid: 17 },
            incarnation: 1,
            renewals: 17,
            highWater: '2026-11-28T08:02:37.821Z',
            bound: '2026-11-28T08:02:37.821Z',
            free: false,
            why: 'its holder lives',
            freeAt: null,
          },
        ],
      }),
    ),
  },
  bad: ['ModeOff', 'SnowflakeUnavailable'],
});

/** Tags and worker IDs. */
export const ADMIN_PATHS: Paths = {
  '/tags': path(list),
  '/tags/{tag}': path(get, { put, patch, delete: retire }),
  '/workers': path(workers),
};

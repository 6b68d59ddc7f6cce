import { TAG_ORDERS, TAGS_SHOWN, TAGS_SHOWN_MAX } from '../../allocators/tag-selection.ts';
import { ASSET_NAME } from '../dashboard/page-routes.ts';
import { MATCH_MAX_CHARS } from '../status-query.ts';
import type { Parameter } from './shapes.ts';

/** Which tags a status shows, and the files of the page that shows it. */
export const STATUS_PARAMETERS = {
  ShownTags: {
    name: 'tags',
    in: 'query',
    description: 'The most tags that are shown.',
    schema: { type: 'integer', minimum: 0, maximum: TAGS_SHOWN_MAX, default: TAGS_SHOWN },
    example: 10,
  },
  TagMatch: {
    name: 'match',
    in: 'query',
    description: 'Only tags whose names contain this, in whatever case.',
    schema: { type: 'string', maxLength: MATCH_MAX_CHARS },
    example: 'demo',
  },
  TagOrder: {
    name: 'order',
    in: 'query',
    description:
      'Tags whose fetches fail come first; then the busiest (`rate`), by name, the one that would be out of IDs first (`empty`), the one that has taken most without giving it (`waste`), or the latest fetch.',
    schema: { enum: TAG_ORDERS, default: 'rate' },
    example: 'name',
  },
  Asset: {
    name: 'file',
    in: 'path',
    description: 'A file that the page names.',
    required: true,
    schema: { type: 'string', pattern: ASSET_NAME.source },
    example: 'page.js',
  },
} as const satisfies Record<string, Parameter>;

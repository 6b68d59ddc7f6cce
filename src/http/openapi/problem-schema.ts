import { SENT_CODES } from './problem-codes.ts';
import type { Schema } from './shapes.ts';

/** The body of every refusal. */
export const PROBLEM_SCHEMAS = {
  ErrorCode: {
    type: 'string',
    description: 'What went wrong. Stable, unlike the texts: decide by this one.',
    enum: SENT_CODES,
  },
  Problem: {
    type: 'object',
    description: 'A refusal, as RFC 9457 has it.',
    properties: {
      type: { type: 'string', pattern: '^urn:frond:error:[A-Z_]+$' },
      title: { type: 'string', minLength: 1, description: 'The same for every occurrence of a code.' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: { type: 'string', minLength: 1, description: 'This occurrence with its numbers, and what ends it.' },
      code: { $ref: '#/components/schemas/ErrorCode' },
      retryable: {
        type: 'boolean',
        description: 'True when the same request can succeed later without being changed.',
      },
    },
    required: ['type', 'title', 'status', 'detail', 'code', 'retryable'],
  },
} as const satisfies Record<string, Schema>;

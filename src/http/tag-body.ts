import { z } from 'zod';
import {
  DESCRIPTION_MAX_CHARS,
  ID_MAX,
  STEP_MAX_IDS,
  type TagChange,
  type TagPatch,
} from '../allocators/tag-directory.ts';
import { FrondError } from '../errors.ts';

const EXPECTED: Readonly<Record<string, string>> = {
  body: 'a JSON object of step, description and maxId',
  step: `an integer from 1 to ${STEP_MAX_IDS}`,
  description: `text of at most ${DESCRIPTION_MAX_CHARS} characters, or null`,
  maxId: `a decimal string from 1 to ${ID_MAX}, or a safe integer`,
};

const TagBody = z.strictObject({
  step: z.int().min(1).max(STEP_MAX_IDS),
  description: z
    .string()
    .refine(text => [...text].length <= DESCRIPTION_MAX_CHARS)
    .nullable()
    .optional(),
  maxId: z
    .union([z.string().regex(/^[1-9]\d{0,18}$/), z.int().min(1)])
    .transform(value => BigInt(value))
    .refine(value => value <= ID_MAX)
    .optional(),
});

const TagPatchBody = TagBody.partial({ step: true });

function valueAt(body: unknown, field: string): unknown {
  const value = (body as Record<string, unknown> | null)?.[field];
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** The first thing that is wrong, by its field. */
function refusalOf(body: unknown, issue: z.core.$ZodIssue): FrondError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const value = valueAt(body, key);
    return new FrondError('INVALID_ARGUMENT', {
      field: key.slice(0, 40),
      value,
      expected: 'no fields but step, description, maxId',
    });
  }
  const field = String(issue.path[0] ?? 'body');
  const value = field === 'body' ? JSON.stringify(body) : valueAt(body, field);
  const hint = value === undefined ? ' (PUT needs it; PATCH changes only what it names)' : '';
  return new FrondError('INVALID_ARGUMENT', { field, value, expected: `${EXPECTED[field] ?? 'another value'}${hint}` });
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw refusalOf(body, parsed.error.issues[0]!);
  return parsed.data;
}

/** The body of PUT /tags/:tag. @throws FrondError INVALID_ARGUMENT naming the field, its value and its bounds */
export function parseTagBody(body: unknown): TagChange {
  const { step, description, maxId } = parse(TagBody, body);
  return {
    stepIds: step,
    ...(description === undefined ? {} : { description }),
    ...(maxId === undefined ? {} : { maxId }),
  };
}

/**
 * The body of PATCH /tags/:tag, a JSON merge patch (RFC 7396): what is not named stays, and null removes, which only a
 * description can be. @throws FrondError INVALID_ARGUMENT naming the field, its value and its bounds
 */
export function parseTagPatch(body: unknown): TagPatch {
  const { step, description, maxId } = parse(TagPatchBody, body);
  return {
    ...(step === undefined ? {} : { stepIds: step }),
    ...(description === undefined ? {} : { description }),
    ...(maxId === undefined ? {} : { maxId }),
  };
}

import fc from 'fast-check';
import { DESCRIPTION_MAX_CHARS, ID_MAX, STEP_MAX_IDS } from '../../src/allocators/tag-directory.ts';
import { BODY_MAX_BYTES } from '../../src/http/tag-body-types.ts';

const step = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constantFrom(1, STEP_MAX_IDS));
const description = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'grapheme-composite', maxLength: 20 }),
  fc.constantFrom('', '☃'.repeat(DESCRIPTION_MAX_CHARS), '🎈'.repeat(DESCRIPTION_MAX_CHARS)),
);
const maxId = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 100_000 }) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 100_000 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom(String(ID_MAX), Number.MAX_SAFE_INTEGER) },
);

/** What PUT, or PATCH, takes. */
export function validBodies(isPatch: boolean): fc.Arbitrary<string> {
  const requiredKeys: 'step'[] = isPatch ? [] : ['step'];
  return fc.record({ step, description, maxId }, { requiredKeys }).map(body => JSON.stringify(body));
}

const WRONG_FIELDS = [
  { step: 0 },
  { step: STEP_MAX_IDS + 1 },
  { step: '5' },
  { step: 1.5 },
  { step: 1, maxId: '0' },
  { step: 1, maxId: '01' },
  { step: 1, maxId: String(ID_MAX + 1n) },
  { step: 1, maxId: 2 ** 53 },
  { step: 1, maxId: null },
  { step: 1, description: 7 },
  { step: 1, description: 'x'.repeat(DESCRIPTION_MAX_CHARS + 1) },
  { step: 1, color: 'red' },
  { step: 1, __proto: { step: 1 } },
  [],
  [{ step: 1 }],
  'step',
  7,
  null,
].map(body => JSON.stringify(body));

const NO_JSON = ['', '{', '{"step":', '{"step":1}}', 'step=1', '\u0000', '{"step":1,}', '"', '{"step":1e400}'];

/** What neither takes: 400, or 413 for the last. */
export const invalidBodies: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WRONG_FIELDS) },
  { weight: 2, arbitrary: fc.constantFrom(...NO_JSON) },
  { weight: 2, arbitrary: fc.array(fc.jsonValue(), { maxLength: 3 }).map(each => JSON.stringify(each)) },
  { weight: 1, arbitrary: fc.constant(JSON.stringify({ step: 1, description: 'x'.repeat(BODY_MAX_BYTES) })) },
);

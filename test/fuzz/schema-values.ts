import fc from 'fast-check';
import type { Parameter, Schema } from '../../src/http/openapi/shapes.ts';

/** Small numbers mostly, the bounds and what is beside them now and then: the largest counts cost the most. */
function integers(minimum: number, maximum: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 160, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 40) }) },
    { weight: 30, arbitrary: fc.constantFrom(minimum, Math.min(maximum, minimum + 1)) },
    { weight: 8, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 5000) }) },
    { weight: 1, arbitrary: fc.constantFrom(maximum - 1, maximum) },
  );
}

/** Texts of a parameter that its schema allows, as they are written in a URL or header before any escaping. */
export function validTexts({ schema, explode }: Parameter): fc.Arbitrary<string> {
  const { type, minimum, maximum, pattern, items, enum: values } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...values.map(String));
  if (type === 'integer') return integers(Number(minimum), Number(maximum)).map(String);
  if (type === 'array' && explode === false) {
    const { enum: words } = items as { enum: readonly string[] };
    return fc.shuffledSubarray([...words], { minLength: 1 }).map(list => list.join(','));
  }
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(fc.constantFrom('*', 'any', '..', '%'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }));
}

function isAllowed(schema: Schema, text: string): boolean {
  const { type, minimum, maximum, pattern, items, enum: values } = schema;
  if (Array.isArray(values)) return values.map(String).includes(text);
  if (type === 'integer') {
    return /^(?:0|[1-9]\d*)$/.test(text) && Number(text) >= Number(minimum) && Number(text) <= Number(maximum);
  }
  if (type === 'array') {
    const words = text.split(',');
    return (
      new Set(words).size === words.length && words.every(word => (items as { enum: string[] }).enum.includes(word))
    );
  }
  return typeof pattern === 'string' ? new RegExp(pattern).test(text) : true;
}

const STRANGE = [
  '0',
  '-1',
  '1e9',
  '1.5',
  '0x10',
  ' 1',
  '01',
  '',
  'abc',
  'null',
  'uuid,uuid',
  '٣',
  '1180591620717411303424',
];

/** True when some text is against the schema. */
export function canBeWrong({ type, pattern, enum: values }: Schema): boolean {
  return type === 'integer' || type === 'array' || typeof pattern === 'string' || Array.isArray(values);
}

/** Texts that the schema of a parameter does not allow. */
export function invalidTexts({ schema }: Parameter): fc.Arbitrary<string> {
  const beside = ['minimum', 'maximum'].flatMap(bound =>
    typeof schema[bound] === 'number' ? [String(schema[bound] + (bound === 'minimum' ? -1 : 1))] : [],
  );
  return fc
    .oneof(
      fc.constantFrom(...STRANGE, ...beside, '-a', 'a'.repeat(129), 'a/b', '.', '☃', '\u0000', '9223372036854775808'),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    )
    .filter(text => !isAllowed(schema, text));
}

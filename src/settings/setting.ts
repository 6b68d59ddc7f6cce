import { z } from 'zod';

/** One row of the table of settings. */
export interface Setting<T> {
  /** Reads the text of an environment variable or flag, or takes the typed value. */
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** What a value may be, for error texts, `--help` and the documentation. */
  readonly expected: string;
  readonly doc: string;
  /** Never shown in errors, logs or /status. */
  readonly secret: boolean;
}

type Base<T> = { readonly default: T; readonly doc: string };

/** A whole number of `unit`, `min` to `max`. */
export function integer(row: Base<number> & { min: number; max: number; unit?: string }): Setting<number> {
  const text = z
    .string()
    .trim()
    .regex(/^-?\d{1,16}$/)
    .transform(Number);
  const schema = z.union([z.number(), text]).pipe(z.int().min(row.min).max(row.max));
  const unit = row.unit === undefined ? '' : ` ${row.unit}`;
  const expected = `a whole number from ${row.min} to ${row.max}${unit}`;
  return { schema, default: row.default, expected, doc: row.doc, secret: false };
}

interface IntegerOrAuto {
  readonly default?: number | 'auto';
  readonly doc: string;
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

/** A whole number of `unit`, `min` to `max`, or the word `auto`, which is the default of the default. */
export function integerOrAuto(row: IntegerOrAuto): Setting<number | 'auto'> {
  const number = integer({ ...row, default: row.min });
  const schema = z.union([z.literal('auto'), number.schema]);
  return {
    schema,
    default: row.default ?? 'auto',
    expected: `${number.expected}, or auto`,
    doc: row.doc,
    secret: false,
  };
}

/** One of a few words. */
export function choice<const T extends string>(row: Base<NoInfer<T>> & { values: readonly T[] }): Setting<T> {
  const expected = `one of ${row.values.join(', ')}`;
  return {
    schema: z.enum(row.values) as unknown as z.ZodType<T>,
    default: row.default,
    expected,
    doc: row.doc,
    secret: false,
  };
}

/** Text that matches `pattern`. */
export function text(row: Base<string> & { pattern: RegExp; expected: string }): Setting<string> {
  const schema = z.string().trim().regex(row.pattern);
  return { schema, default: row.default, expected: row.expected, doc: row.doc, secret: false };
}

/** Text that must not be shown; the empty default means none. */
export function secret(row: { doc: string; pattern: RegExp; expected: string }): Setting<string> {
  return {
    schema: z.union([z.literal(''), z.string().regex(row.pattern)]),
    default: '',
    expected: row.expected,
    doc: row.doc,
    secret: true,
  };
}

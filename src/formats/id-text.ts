/**
 * An ID as text of a fixed width, so that texts sort as the numbers do. No library: those for base 32 and base 62 encode
 * bytes, whose texts have another length and order than the number's.
 */
export interface IdFormat {
  /** By value; ascending in ASCII. */
  readonly digits: string;
  /** What a reader takes in place of a digit. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly ignoreCase: boolean;
}

const DECIMAL = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export const ID_FORMATS = {
  hex: { digits: '0123456789abcdef', ignoreCase: true },
  /** Crockford's, which has no I, L, O and U; a UUID in it is a ULID. */
  base32: { digits: '0123456789ABCDEFGHJKMNPQRSTVWXYZ', aliases: { I: '1', L: '1', O: '0' }, ignoreCase: true },
  base62: { digits: `${DECIMAL}${UPPER}${UPPER.toLowerCase()}`, ignoreCase: false },
} as const satisfies Record<string, IdFormat>;

export type IdFormatName = keyof typeof ID_FORMATS;

/** Digits that a number of `bits` bits needs. */
function widthOf({ digits }: IdFormat, bits: number): number {
  return Math.ceil(bits / Math.log2(digits.length));
}

/** @param bits 64 for a number, 128 for a UUID */
export function formatId(id: bigint, name: IdFormatName, bits: 64 | 128): string {
  const format: IdFormat = ID_FORMATS[name];
  const radix = BigInt(format.digits.length);
  let text = '';
  for (let rest = id; rest > 0n; rest /= radix) text = format.digits[Number(rest % radix)] + text;
  return text.padStart(widthOf(format, bits), '0');
}

/** The number that a text stands for, of any width; undefined when a letter is none of the format's digits. */
export function parseId(text: string, name: IdFormatName): bigint | undefined {
  const { digits, aliases = {}, ignoreCase }: IdFormat = ID_FORMATS[name];
  const upper = digits.includes('A');
  const cased = !ignoreCase ? text : upper ? text.toUpperCase() : text.toLowerCase();
  let id = 0n;
  for (const letter of cased) {
    const value = digits.indexOf(aliases[letter] ?? letter);
    if (value < 0) return undefined;
    id = id * BigInt(digits.length) + BigInt(value);
  }
  return text === '' ? undefined : id;
}

/** `01a2022f-91c0-…` → its 128 bits. */
export function uuidToNumber(uuid: string): bigint {
  return BigInt(`0x${uuid.replaceAll('-', '')}`);
}

/** The 128 bits of a UUID in its usual spelling. */
export function numberToUuid(id: bigint): string {
  return id
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

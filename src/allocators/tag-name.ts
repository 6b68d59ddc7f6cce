import { FrondError } from '../errors.ts';

/** Leaf's column is varchar(128); the characters are those that need no escaping in a URL path or a shell. */
export const TAG_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** @throws FrondError INVALID_ARGUMENT */
export function requireTagName(tag: unknown): string {
  if (typeof tag !== 'string' || !TAG_NAME.test(tag)) {
    throw new FrondError('INVALID_ARGUMENT', {
      field: 'tag',
      value: tag,
      expected: '1 to 128 characters of A-Z a-z 0-9 . _ : - beginning with a letter or digit',
    });
  }
  return tag;
}

import { describe, expect, it } from 'vitest';
import {
  formatId,
  ID_FORMATS,
  type IdFormatName,
  numberToUuid,
  parseId,
  uuidToNumber,
} from '../../src/formats/id-text.ts';

const NAMES = Object.keys(ID_FORMATS) as IdFormatName[];
const EDGES = [0n, 1n, 31n, 32n, 61n, 62n, 2n ** 32n, 2_124_429_340_903_997_456n, 2n ** 63n - 1n];

describe('IDs as text', () => {
  it.each([
    ['hex', 16, '1d7b7d3ad7000010'],
    ['base32', 13, '1TYVX7BBG000G'],
    ['base62', 11, '2WvuLt3wnpo'],
  ] as const)('have the width and digits of %s', (name, width, text) => {
    const written = formatId(2_124_429_340_903_997_456n, name, 64);
    expect([written.length, written]).toEqual([width, text]);
  });

  it('agree with BigInt where that can write them', () => {
    for (const id of EDGES) expect(formatId(id, 'hex', 64)).toBe(id.toString(16).padStart(16, '0'));
  });

  it.each(NAMES)('are read back, and sort as their numbers: %s', name => {
    const texts = EDGES.map(id => formatId(id, name, 64));
    expect(texts.map(text => parseId(text, name))).toEqual(EDGES);
    expect(texts.toSorted()).toEqual(texts);
  });

  it('hold the greatest UUID, which is the greatest ULID in base 32', () => {
    const last = 2n ** 128n - 1n;
    expect(NAMES.map(name => formatId(last, name, 128).length)).toEqual([32, 26, 22]);
    expect(formatId(last, 'base32', 128)).toBe('7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
  });

  it('reads what people write for digits, and nothing else', () => {
    expect(parseId('00oOilIL1', 'base32')).toBe(parseId('000011111', 'base32'));
    expect(parseId('FF', 'hex')).toBe(255n);
    expect(parseId('a', 'base62')).not.toBe(parseId('A', 'base62'));
    for (const name of NAMES) expect([parseId('', name), parseId('1-2', name)]).toEqual([undefined, undefined]);
  });

  it('spells UUIDs as numbers and back', () => {
    const uuid = '00a2022f-91c0-71fb-adae-51bf38166e20';
    expect(numberToUuid(uuidToNumber(uuid))).toBe(uuid);
  });
});

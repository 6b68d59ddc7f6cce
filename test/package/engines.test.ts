import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestFrom } from './engines.ts';

const COMMITTED = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
const enginesOf = (text: string) => (JSON.parse(text) as { readonly engines?: object }).engines;

function stepThrough(command: string, events: readonly string[]): string[] {
  const texts = [COMMITTED];
  for (const event of events) texts.push(manifestFrom(texts.at(-1)!, { event, command }));
  return texts.slice(1);
}

describe('the engines of the package', () => {
  it('are not in the repository, which brings its own Node', () => {
    expect(enginesOf(COMMITTED)).toBeUndefined();
  });

  it('are there while npm packs, and all is as before afterwards', () => {
    const [packed, after] = stepThrough('pack', ['prepack', 'postpack']);
    expect(enginesOf(packed!)).toEqual({ node: '>=22.13' });
    expect(after).toBe(COMMITTED);
  });

  it('are there until npm has published, which reads them once more after it has packed', () => {
    const [packed, told, after] = stepThrough('publish', ['prepack', 'postpack', 'postpublish']);
    expect(enginesOf(packed!)).toEqual({ node: '>=22.13' });
    expect(told).toBe(packed);
    expect(after).toBe(COMMITTED);
  });

  it('are there once, also after a run that was cut short', () => {
    const [first, second] = stepThrough('pack', ['prepack', 'prepack']);
    expect(second).toBe(first);
  });

  it('are not left out in silence', () => {
    expect(() => manifestFrom('{}', { event: 'prepack', command: 'pack' })).toThrow('no line with its type');
  });
});

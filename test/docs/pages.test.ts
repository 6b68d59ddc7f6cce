import { describe, expect, it } from 'vitest';
import { PAGES, readPage } from '../../docs/generate.ts';

describe('generated pages', () => {
  it.each(Object.keys(PAGES))('%s says what its table in src/ says (npm run docs writes it)', name => {
    expect(readPage(name)).toBe(PAGES[name]!());
  });
});

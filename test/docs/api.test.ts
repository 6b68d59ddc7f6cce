import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { API_PAGE, apiPage } from '../../docs/api-reference/generate.ts';

describe('docs/api.md', () => {
  it('says what the docstrings of the exports say (npm run docs writes it)', { timeout: 180_000 }, async () => {
    expect(readFileSync(API_PAGE, 'utf8')).toBe(await apiPage());
  });
});

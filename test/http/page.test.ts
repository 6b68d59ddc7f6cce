import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Front, openFront } from './fakes.ts';
import { ask } from './wire.ts';

const ASSETS = join(import.meta.dirname, '../../src/http/dashboard/assets');
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

let front: Front;
beforeEach(async () => {
  front = await openFront();
});
afterEach(() => front.server.close());

const page = () => ask(front.port, '/', { headers: BROWSER });

describe('GET /', () => {
  it('is the status page for a browser, and the list of routes for anything else', async () => {
    expect(await page()).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    for (const accept of ['*/*', 'text/plain', 'application/json', 'text/htmlx']) {
      const { text, headers } = await ask(front.port, '/', { headers: { accept } });
      expect([text.slice(0, 12), headers['vary']]).toEqual(['Frond 1.2.3\n', 'Accept']);
    }
  });

  it('lets the page do nothing but ask this service', async () => {
    const { headers, text } = await page();
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(text).not.toMatch(/<style|<script(?! type="module" src=)|\son[a-z]+=|\sstyle=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('is counted as the page, with all that belongs to it', async () => {
    await page();
    await ask(front.port, '/dashboard/page.js');
    await ask(front.port, '/healthz');
    expect(front.server.counters.meter('page').statuses()).toEqual([[200, 2]]);
  });
});

describe('GET /dashboard/…', () => {
  it('has every file that the page or its modules name, by its type, and no other is there', async () => {
    const wanted = ['index.html', 'page.js'];
    const seen = new Set<string>(['index.html']);
    const namesIn = (text: string) => [...text.matchAll(/dashboard\/([\w.-]+)"|from '\.\/([\w.-]+)'/g)];
    for (const [, name] of namesIn((await page()).text)) wanted.push(name!);
    for (const name of wanted) {
      if (seen.has(name)) continue;
      seen.add(name);
      const { status, headers, text } = await ask(front.port, `/dashboard/${name}`);
      expect([name, status]).toEqual([name, 200]);
      const type = name.endsWith('.css') ? 'text/css' : 'text/javascript';
      expect(headers).toMatchObject({ 'content-type': `${type}; charset=utf-8`, 'x-content-type-options': 'nosniff' });
      wanted.push(...namesIn(text).map(match => match[2]!));
    }
    expect([...seen].sort()).toEqual(readdirSync(ASSETS).sort());
  });

  it.each(['nothing.js', 'index.html', '..%2fpage-routes.ts', '..%2f..%2fapp.js', 'page.js%00', 'Page.js', '.js'])(
    'has no %s',
    async name => {
      const answer = await ask(front.port, `/dashboard/${name}`);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    },
  );

  it('allows reading only', async () => {
    const post = await ask(front.port, '/dashboard/page.js', { method: 'POST' });
    expect(post).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } });
    const head = await ask(front.port, '/dashboard/page.js', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
  });
});

describe('GET /status', () => {
  it('passes on which tags it shall show', async () => {
    const seen: object[] = [];
    const status = front.service.status.bind(front.service);
    front.service.status = (selection: object) => {
      seen.push(selection);
      return status(selection);
    };
    for (const query of ['', '?tags=0', '?tags=10000&order=empty&match=or%20d']) {
      expect((await ask(front.port, `/status${query}`)).status).toBe(200);
    }
    expect(seen).toEqual([{}, { tags: 0 }, { tags: 10_000, order: 'empty', match: 'or d' }]);
  });

  it.each([
    ['tags=10001', 'tags is "10001"; expected an integer from 0 to 10000'],
    ['tags=-1', 'tags is "-1"'],
    ['tags=', 'tags is ""'],
    ['tags=01', 'tags is "01"'],
    ['order=size', 'order is "size"; expected one of rate, name, empty, waste, fetch'],
    [`match=${'x'.repeat(129)}`, 'expected at most 128 characters'],
    ['tags=1&tags=2', 'tags is "[\\"1\\",\\"2\\"]"; expected to be given once'],
    ['limit=5', 'limit is "5"; expected no parameters here but tags, match, order'],
  ])('refuses %s', async (query, detail) => {
    const problem = JSON.parse((await ask(front.port, `/status?${query}`)).text);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    expect(problem.detail).toContain(detail);
  });
});

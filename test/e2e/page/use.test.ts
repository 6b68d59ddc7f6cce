import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, WatchedPage } from '../../support/browser.ts';
import { SERVER_SETUP_MS } from '../../support/mysql.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { Service } from '../../support/service.ts';
import { waitUntil } from '../../support/wait-until.ts';

const SHOWN_MS = 30_000;
const TEST_MS = 120_000;
const TOKEN = 'an-admin-token-of-the-test';

let browser: Browser;
let service: Service;
let guarded: Service;
let page: Page;
let watched: WatchedPage;

beforeAll(async () => {
  service = new Service({ env: { FROND_PORT: String(await freePort()) } });
  guarded = new Service({ env: { FROND_ADMIN_TOKEN: TOKEN } });
  [browser] = await Promise.all([startBrowser(), service.start(), guarded.start()]);
  await Promise.all([service.ready(), guarded.ready()]);
}, SERVER_SETUP_MS);
afterAll(async () => {
  await browser.close();
  await Promise.all([service.remove(), guarded.remove()]);
});

/** Opens the page of a service and waits for its first answer. */
async function open(url: string, prepare?: (page: Page) => Promise<void>): Promise<void> {
  watched = await WatchedPage.open(browser, 1280);
  page = watched.page;
  await prepare?.(page);
  await page.goto(url);
  await page.locator('#verdict:not([data-level=asking])').waitFor({ timeout: SHOWN_MS });
}

const focused = () => page.evaluate<string>("document.activeElement?.id ?? ''");

/** Presses Tab until the element with that id has the focus: whoever uses no mouse gets there, too. */
async function tabTo(id: string): Promise<void> {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    if ((await focused()) === id) return;
  }
  throw new Error(`Tab does not lead to #${id}`);
}

describe('by keyboard alone', () => {
  it('an ID is decoded, as the service itself decodes it', { timeout: TEST_MS }, async () => {
    const { text: id } = await service.get('/id/snowflake');
    const { time, workerId, sequence } = JSON.parse((await service.get(`/decode/${id}`)).text);
    await open(service.url);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.className')).toBe('skip');
    await tabTo('decode-id');
    await page.keyboard.type(id);
    await page.keyboard.press('Enter');
    const facts = await page.locator('#decode-result .facts').innerText();
    expect(facts.replaceAll(/\s+/g, ' ')).toBe(
      `Time ${time.replace('T', ' ').replace('Z', '')} UTC Unix ms ${Date.parse(time)} Worker ID ${workerId} Sequence ${sequence}`,
    );
    await page.context().close();
  });

  it('a tag is added, gives IDs, and comes into the table', { timeout: TEST_MS }, async () => {
    await open(service.url);
    await tabTo('add-name');
    await page.keyboard.type('order');
    await tabTo('add-first');
    await page.keyboard.type('5000');
    await tabTo('add-description');
    await page.keyboard.type('orders <b>of</b> the shop');
    await page.keyboard.press('Enter');
    await page.locator('#add-result.done').waitFor({ timeout: SHOWN_MS });
    expect(await page.locator('#add-result').innerText()).toContain('order is there: its first ID is 5000.');
    expect((await service.get('/id/segment/order')).text).toBe('5000');
    expect(JSON.parse((await service.get('/tags/order')).text)).toMatchObject({
      step: 1000,
      description: 'orders <b>of</b> the shop',
    });
    await page.locator('#tags-rows tr[data-key=order]').waitFor({ timeout: SHOWN_MS });
    expect(watched.complaints).toEqual([]);
    await page.context().close();
  });

  it('a tag that is there already is not changed, and the page says so', { timeout: TEST_MS }, async () => {
    await service.send('PUT', '/tags/taken', '{"step":77}', { 'content-type': 'application/json' });
    await open(service.url);
    await tabTo('add-name');
    await page.keyboard.type('taken');
    await page.keyboard.press('Enter');
    await page.locator('#add-result.failed', { hasText: 'exists already' }).waitFor({ timeout: SHOWN_MS });
    expect(JSON.parse((await service.get('/tags/taken')).text).step).toBe(77);
    await page.context().close();
  });

  it('where a token is needed it is asked for, used, and forgotten', { timeout: TEST_MS }, async () => {
    await open(guarded.url);
    const stored = () => page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])');
    await tabTo('add-name');
    await page.keyboard.type('order');
    await page.keyboard.press('Enter');
    await page.locator('#add-result.failed', { hasText: 'needs a valid bearer token' }).waitFor({ timeout: SHOWN_MS });
    await tabTo('token');
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    expect(await stored()).toBe(`[{"frond-token":"${TOKEN}"},{},""]`);
    await tabTo('add-description');
    await page.keyboard.press('Enter');
    await page.locator('#add-result.done', { hasText: 'order is there' }).waitFor({ timeout: SHOWN_MS });
    await tabTo('token-forget');
    await page.keyboard.press('Enter');
    expect(await stored()).toBe('[{},{},""]');
    await page.context().close();
  });
});

describe('the tags', () => {
  it('are filtered and put in order by the service, which may have ten thousand', { timeout: TEST_MS }, async () => {
    for (const tag of ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']) {
      await service.send('PUT', `/tags/${tag}`, '{"step":10}', { 'content-type': 'application/json' });
      await service.get(`/id/segment/${tag}`);
    }
    await open(service.url);
    const shown = () => page.locator('#tags-rows .name').allInnerTexts();
    await tabTo('tags-match');
    await page.keyboard.type('B');
    await waitUntil('the matches', async () => (await shown()).join() === 'b1,b2', SHOWN_MS);
    expect(await page.locator('#tags-count').innerText()).toBe('2 matches');
    await page.keyboard.type('zz');
    await page.locator('#tags-none', { hasText: 'No tag in use has “Bzz”' }).waitFor({ timeout: SHOWN_MS });
    await page.fill('#tags-match', '');
    await page.selectOption('#tags-order', 'name');
    await waitUntil('the order', async () => /a1,a2,b1,b2,c1,c2/.test((await shown()).join()), SHOWN_MS);
    expect(watched.complaints).toEqual([]);
    await page.context().close();
  });

  it('are fifty where there are many, and more on demand', { timeout: TEST_MS }, async () => {
    const status = JSON.parse((await service.get('/status')).text);
    const [tag] = status.segment.tags;
    await open(service.url, async opened => {
      await opened.route(/\/status\?/, route => {
        const limit = Number(new URL(route.request().url()).searchParams.get('tags'));
        const tags = Array.from({ length: limit }, (_, i) => ({ ...tag, tag: `tag-${i}` }));
        const used = { ...status.segment.used, count: 10_000 };
        const segment = { ...status.segment, knownTags: 10_000, used, tags, tagsOmitted: 10_000 - limit };
        return route.fulfill({ json: { ...status, segment } });
      });
    });
    const rows = page.locator('#tags-rows tr');
    await waitUntil('the first tags', async () => (await rows.count()) === 50, SHOWN_MS);
    expect(await page.locator('#tags-count').innerText()).toBe('10,000 in use, 50 shown');
    await tabTo('tags-more');
    await page.keyboard.press('Enter');
    await waitUntil('more tags', async () => (await rows.count()) === 200, SHOWN_MS);
    await page.context().close();
  });
});

describe('while nothing is told', () => {
  it('a status that wants a token is asked for with one', { timeout: TEST_MS }, async () => {
    watched = await WatchedPage.open(browser, 390);
    page = watched.page;
    await page.route(/\/status\?/, route =>
      route.request().headers()['authorization'] === `Bearer ${TOKEN}`
        ? route.continue()
        : route.fulfill({ status: 401, json: { code: 'UNAUTHORIZED', detail: 'no' } }),
    );
    await page.goto(service.url);
    await page.locator('#verdict', { hasText: 'to bearers of a token only' }).waitFor({ timeout: SHOWN_MS });
    await watched.picture('token-wanted');
    expect(await watched.violations()).toEqual([]);
    await tabTo('token');
    await page.keyboard.type('a wrong one');
    await page.keyboard.press('Enter');
    await page.locator('#access-result', { hasText: 'does not take this token' }).waitFor({ timeout: SHOWN_MS });
    await page.fill('#token', TOKEN);
    await page.keyboard.press('Enter');
    await page.locator('#verdict[data-level=well]').waitFor({ timeout: SHOWN_MS });
    await page.context().close();
  });

  it('the same matter is read out once, however often its figures change', { timeout: TEST_MS }, async () => {
    await open(service.url, opened => opened.clock.install());
    const announced = page.locator('#announcement');
    expect(await announced.innerText()).toMatch(/^All is well/);
    await page.evaluate(`
      globalThis.changes = 0;
      new MutationObserver(all => { changes += all.length; })
        .observe(document.getElementById('announcement'), { childList: true, characterData: true, subtree: true });
    `);
    const instance = page.locator('#instance');
    for (let polls = 0; polls < 3; polls++) {
      const before = await instance.innerText();
      await service.get('/id/snowflake');
      await waitUntil(
        'the next answer',
        async () => {
          await page.clock.runFor(1000);
          return (await instance.innerText()) !== before;
        },
        SHOWN_MS,
      );
    }
    expect(await page.evaluate('changes')).toBe(0);
    await page.context().close();
  });

  it('a service that is gone is called so, and found again by itself', { timeout: TEST_MS }, async () => {
    await open(service.url, opened => opened.clock.install());
    await service.end('SIGKILL');
    const verdict = page.locator('#verdict');
    await waitUntil(
      'two failures',
      async () => {
        await page.clock.runFor(1000);
        return /Frond does not answer: last answer [1-9]\d* s ago/.test(await verdict.innerText());
      },
      SHOWN_MS,
    );
    expect(await page.locator('#freshness').innerText()).toBe('What is below is what it said last.');
    await watched.picture('away');
    expect(await watched.violations()).toEqual([]);
    await service.start();
    await service.ready();
    await waitUntil(
      'it to be found',
      async () => {
        await page.clock.runFor(5000);
        return (await verdict.getAttribute('data-level')) === 'well';
      },
      SHOWN_MS,
    );
    await page.context().close();
  });
});

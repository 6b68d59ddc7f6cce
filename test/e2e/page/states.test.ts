import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../../src/allocators/snowflake/id-layout.ts';
import { initMysqlSlots } from '../../../src/stores/slots/init-mysql.ts';
import { startBrowser, WatchedPage, WIDTHS_PX } from '../../support/browser.ts';
import { createMysqlDatabase, SERVER_SETUP_MS, startOwnMysql } from '../../support/mysql.ts';
import { PacedClients } from '../../support/paced-clients.ts';
import type { MysqlServer } from '../../support/servers/local-server.ts';
import { Service } from '../../support/service.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** Pages of a loaded machine may need long; nothing waits so long in vain. */
const SHOWN_MS = 30_000;
const TEST_MS = 120_000;

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, SERVER_SETUP_MS);
afterAll(() => browser.close());

const verdict = (page: Page) => page.locator('#verdict');

interface Look {
  /** Names the pictures. */
  readonly name: string;
  readonly level: 'well' | 'watch' | 'ill';
  readonly says: RegExp;
  readonly prepare?: (page: Page) => Promise<void>;
  readonly check?: (page: Page) => Promise<void>;
}

/** Opens the page of a service at both widths, waits for what it shall say, and looks at it closely. */
async function expectPage(service: Service, { name, level, says, prepare, check }: Look): Promise<void> {
  for (const widthPx of WIDTHS_PX) {
    const watched = await WatchedPage.open(browser, widthPx);
    const { page } = watched;
    await prepare?.(page);
    await page.goto(service.url);
    await page.locator(`#verdict[data-level="${level}"]`, { hasText: says }).waitFor({ timeout: SHOWN_MS });
    await check?.(page);
    await watched.expectSound(name);
    await page.context().close();
  }
}

describe('the status page of a service on its own data directory', () => {
  let service: Service;

  beforeAll(async () => {
    service = await new Service({ clock: true }).start();
    await service.ready();
  }, SERVER_SETUP_MS);
  afterAll(() => service.remove());

  it('fresh: it is well, nothing was asked for, and how to ask', { timeout: TEST_MS }, () =>
    expectPage(service, {
      name: 'fresh',
      level: 'well',
      says: /All is well\. Nobody has asked for an ID yet\./,
      async check(page) {
        expect(await page.locator('#tags-none').innerText()).toContain(`curl ${service.url}/id/segment/demo`);
        expect(await page.locator('#refusals-none').isVisible()).toBe(true);
        expect(await page.locator('#kinds .state').allInnerTexts()).toEqual(['● ready', '● ready', '● ready']);
        expect(await page.locator('#slots dd').first().innerText()).toBe('0');
      },
    }),
  );

  it('busy: rates, tags with what they hold, and refusals', { timeout: TEST_MS }, async () => {
    const tags = ['invoice', 'order', 'payment', 'session', 'shipment', `t${'x'.repeat(127)}`];
    for (const tag of tags) {
      await service.send('PUT', `/tags/${tag}`, '{"step":500}', { 'content-type': 'application/json' });
    }
    await service.get('/id/segment/nothing');
    const clients = new PacedClients(service, [...tags.map(tag => `/id/segment/${tag}`), '/id/snowflake'], 10);
    await expectPage(service, {
      name: 'busy',
      level: 'well',
      says: /All is well: segment, snowflake and UUID IDs are given\..* would be empty first/s,
      async check(page) {
        await page
          .locator('#tags-rows tr')
          .nth(tags.length - 1)
          .waitFor({ timeout: SHOWN_MS });
        const order = page.locator('#tags-rows tr[data-key=order]');
        expect(await order.innerText()).toMatch(/order.*(now|ago), took/s);
        expect(await page.locator('#refusals-rows').innerText()).toContain('Tag "nothing" does not exist');
        await waitUntil('a rate', async () => /^[1-9]/.test(await page.locator('#kinds .big').nth(1).innerText()));
      },
    });
    await clients.stop();
  });

  it('processes of which one is down: a row for each, and their sums', { timeout: TEST_MS }, async () => {
    const status = JSON.parse((await service.get('/status')).text);
    const { segment, snowflake } = status;
    const [first] = segment.tags;
    const other = { ...status, pid: 4711, snowflake: { ...snowflake, workerId: 1 } };
    const processes = [
      { index: 0, pid: status.pid, state: 'ready', status },
      { index: 1, pid: 4711, state: 'ready', status: other },
      { index: 2, pid: 4712, state: 'down', status: null },
    ];
    const json = { ...status, processes };
    await expectPage(service, {
      name: 'process-down',
      level: 'watch',
      says: /Process 2 is down/,
      async prepare(page) {
        await page.route(/\/status\?/, route => route.fulfill({ json }));
      },
      async check(page) {
        expect(await page.locator('#processes-rows tr').count()).toBe(3);
        expect(await page.locator('#processes-count').innerText()).toContain('2 of 3 ready');
        const slots = await page.locator('#slots summary').allInnerTexts();
        expect(slots.map(each => /^Process \d: worker \d/.exec(each)?.[0])).toEqual([
          'Process 0: worker 0',
          'Process 1: worker 1',
        ]);
        const atHand = page.locator(`#tags-rows tr[data-key="${first.tag}"] td`).first().locator('[title]');
        const sum = new Intl.NumberFormat('en').format(2 * Number(first.remaining));
        expect(await atHand.getAttribute('title')).toBe(`${sum} IDs`);
      },
    });
  });

  it('clock behind: snowflakes are refused, by how much, and what ends it', { timeout: TEST_MS }, async () => {
    await service.get('/id/snowflake');
    await service.stepClock(-3_600_000);
    await expectPage(service, {
      name: 'clock-behind',
      level: 'ill',
      says: /Snowflake IDs are refused \(CLOCK_BACKWARDS\).*is \d+ ms behind.*Correct the clock/s,
      async check(page) {
        expect(await page.locator('#kinds .state').allInnerTexts()).toEqual(['● ready', '■ refusing', '● ready']);
        expect(await page.locator('#slots').innerText()).toMatch(/Clock behind\s+by (60 min|1 h)/);
      },
    });
    await service.stepClock(0);
  });
});

describe('the status page of a service on a database', () => {
  let server: MysqlServer;
  let service: Service;

  beforeAll(async () => {
    server = await startOwnMysql();
    const { url, query } = await createMysqlDatabase(server.url);
    await initMysqlSlots(url, DEFAULT_LAYOUT);
    await query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, 20), ('invoice', 1, 1000000)");
    service = await new Service({
      env: { FROND_SEGMENT_STORE: url, FROND_WORKER_SLOTS: url, FROND_STEP_MAX_IDS: '1000000' },
    }).start();
    await service.ready();
  }, SERVER_SETUP_MS);
  afterAll(async () => {
    await service.remove();
    await server.stop();
  });

  it('database down: what is out of IDs, what goes on, and for how long', { timeout: TEST_MS }, async () => {
    for (const tag of ['order', 'invoice']) expect((await service.get(`/id/segment/${tag}`)).status).toBe(200);
    await server.kill();
    await waitUntil('a refusal', async () => (await service.get('/id/segment/order')).status === 503, SHOWN_MS);
    await waitUntil('a failed renewal', async () => {
      const { snowflake } = JSON.parse((await service.get('/status')).text);
      return snowflake.renewalFailure !== null;
    });
    await expectPage(service, {
      name: 'database-down',
      level: 'ill',
      says: /The range store does not answer, and order has no IDs left: callers are refused\./,
      async check(page) {
        expect(await verdict(page).innerText()).toContain('The slot store does not answer. Snowflakes go on for');
        const order = page.locator('#tags-rows tr').first();
        expect(await order.getAttribute('data-level')).toBe('ill');
        expect(await order.innerText()).toMatch(/STORE_UNAVAILABLE.*no answer .*took/s);
        expect(await page.locator('#refusals-rows').innerText()).toContain('STORE_UNAVAILABLE');
      },
    });
  });
});

describe('the status page of two processes', () => {
  const service = new Service({ env: { FROND_PROCESSES: '2' } });
  beforeAll(async () => {
    await (await service.start()).ready();
    await waitUntil('both to be ready', async () => {
      const states = (await processes()).map(each => each.state);
      return `${states}` === 'ready,ready';
    });
  }, SERVER_SETUP_MS);
  afterAll(() => service.remove());

  async function processes(): Promise<readonly { readonly pid: number; readonly state: string }[]> {
    return JSON.parse((await service.get('/status')).text).processes;
  }

  it('tells of both, whichever answers, and of one that hangs', { timeout: TEST_MS }, async () => {
    await expectPage(service, {
      name: 'two-processes',
      level: 'well',
      says: /All is well/,
      async check(page) {
        // The page asks again and again: what one of them did not say in time the first time comes with the next answer.
        await waitUntil(
          'both processes with their worker IDs',
          async () => {
            const slots = await page.locator('#slots summary').allInnerTexts();
            const workers = slots.map(each => /worker \d/.exec(each)?.[0]).sort();
            return (await page.locator('#processes-rows tr').count()) === 2 && `${workers}` === 'worker 0,worker 1';
          },
          SHOWN_MS,
        );
      },
    });
    const [, hanging] = await processes();
    process.kill(hanging!.pid, 'SIGSTOP');
    try {
      await expectPage(service, { name: 'process-silent', level: 'watch', says: /Process 1 / });
    } finally {
      process.kill(hanging!.pid, 'SIGCONT');
    }
  });
});

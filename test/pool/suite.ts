import { beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../sim/prng.ts';
import { Churn, type ChurnReport } from '../support/churn.ts';
import { SERVER_SETUP_MS } from '../support/mysql.ts';
import { ShortLife } from '../support/short-life.ts';
import type { OwnPool } from './pools.ts';

const SEED = 1;
const LIMIT_MS = 240_000;

/** What a pool of worker IDs in a real server has to do while instances come, go, and die without a word. */
export function poolSuite(
  store: string,
  serverUrl: () => Promise<string>,
  newPool: (serverUrl: string, workerBits: number) => Promise<OwnPool>,
): void {
  describe(`a pool of worker IDs in ${store}`, () => {
    let url: string;
    beforeAll(async () => {
      url = await serverUrl();
    }, SERVER_SETUP_MS);

    it('gives 32 that start together for the first time the first 32', async () => {
      const pool = await newPool(url, 10);
      expect(await workerIdsTogether(pool, 32)).toEqual(Array.from({ length: 32 }, (_, i) => i));
      await pool.drop();
    });

    // These mostly wait: for bounds to pass.
    it.concurrent('of 1,024 serves 3,000 that come and go', { timeout: LIMIT_MS }, async () => {
      const pool = await newPool(url, 10);
      const report = await churned(pool, { lives: 3000, hosts: 32, crashShare: 0.06 });
      expect(report.crashes).toBeGreaterThan(120);
      expect(noFreeSlot(report)).toEqual([]);
      await expectWhole(pool, 32);
    });

    it.concurrent('of 32 is used up and taken over again and again', { timeout: LIMIT_MS }, async () => {
      const pool = await newPool(url, 5);
      const report = await churned(pool, { lives: 200, hosts: 10, crashShare: 0.5 });
      expect(report.claims['expired']).toBeGreaterThan(30);
      await expectWhole(pool, 32);
    });

    it.concurrent('of 4 serves 12 hosts in turn, and says when the next is free', { timeout: LIMIT_MS }, async () => {
      const pool = await newPool(url, 2);
      const report = await churned(pool, { lives: 40, hosts: 12, crashShare: 0.3 });
      expect(noFreeSlot(report).join('\n')).toMatch(/All 4 worker IDs are held; the next may be free in \d+ ms/);
      await expectWhole(pool, 4);
    });
  });
}

async function churned(
  pool: OwnPool,
  options: { readonly lives: number; readonly hosts: number; readonly crashShare: number },
): Promise<ChurnReport> {
  const report = await new Churn(pool, { ...options, random: new Prng(SEED) }).run();
  const { duplicates, failures } = report;
  expect({ duplicates, failures }).toEqual({ duplicates: [], failures: [] });
  expect(report.ids).toBeGreaterThan(options.lives * 5 * (1 - options.crashShare));
  return report;
}

function noFreeSlot({ refusals }: ChurnReport): string[] {
  return refusals.filter(each => each.startsWith('NO_FREE_SLOT'));
}

/** As many at once as there are worker IDs, or as many as ever lived at once: none of them was lost. */
async function expectWhole(pool: OwnPool, instances: number): Promise<void> {
  expect(new Set(await workerIdsTogether(pool, instances)).size).toBe(instances);
  await pool.drop();
}

async function workerIdsTogether(pool: OwnPool, instances: number): Promise<number[]> {
  const lives = await Promise.all(Array.from({ length: instances }, () => ShortLife.create(pool)));
  await Promise.all(lives.map(each => each.start()));
  const workerIds = lives.map(each => each.allocator.workerId!).sort((a, b) => a - b);
  await Promise.all(lives.map(each => each.stop()));
  return workerIds;
}

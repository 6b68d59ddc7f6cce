import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFrond } from '../../../src/index.ts';
import { createMysqlDatabase, type MysqlDatabase, SERVER_SETUP_MS, sharedMysqlUrl } from '../../support/mysql.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

const TAGS = 1000;

describe('a thousand tags that are all used for the first time at once', () => {
  let database: MysqlDatabase;
  beforeAll(async () => {
    database = await createMysqlDatabase(await sharedMysqlUrl());
    const rows = Array.from({ length: TAGS }, (_, i) => `('tag${i}', 1, 10)`);
    await database.query(`INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ${rows.join(', ')}`);
  }, SERVER_SETUP_MS);
  afterAll(() => database?.drop());

  it('fall upon the database a few at a time: no call fails, and no fetch', { timeout: 60_000 }, async () => {
    const { logger, logs } = new VirtualSystem();
    const options = { dataDir: 'none', workerSlots: 'off', storeTimeoutMs: 10_000, waitDeadlineMs: 30_000, logger };
    const frond = await createFrond({ segmentStore: database.url, ...options });
    const ids = await Promise.allSettled(Array.from({ length: TAGS }, (_, i) => frond.segment(`tag${i}`).next()));
    expect(ids.filter(each => each.status === 'rejected')).toEqual([]);
    expect(frond.allocators.segment!.totals().fetches).toMatchObject({ failed: 0 });
    expect(logs.filter(line => line.level === 'warn')).toEqual([]);
    await frond.close();
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMysqlDatabase, SERVER_SETUP_MS, startOwnMysql } from '../support/mysql.ts';
import { PacedClients } from '../support/paced-clients.ts';
import type { MysqlServer } from '../support/servers/local-server.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

/** The server hangs for half of it and is dead for the rest. */
const OUTAGE_MS = 20_000;
/** Three quarters of it are in hand at the usual rate (docs/settings.md). */
const ROOMY_TARGET_MS = 60_000;
const ROOMY = '/id/segment/roomy';
const TIGHT = ['a', 'b', 'c', 'd', 'e'].map(tag => `/id/segment/${tag}`);
/** Between tries while the store is away; the first few are shorter. */
const MIN_PAUSE_MS = 400;
const SHORT_TRIES = 6;

/** Of `/status`. */
interface TagFigures {
  readonly secondsToEmpty: number | null;
}

/**
 * Two services on one database that goes away for 20 seconds: one whose ranges last longer than that, and one whose
 * ranges last for a second or two.
 */
describe('a database that hangs for ten seconds and is dead for ten more', () => {
  let server: MysqlServer;
  let roomy: Service;
  let tight: Service;
  let steady: PacedClients;
  let hungry: PacedClients;
  let outageMs: number;
  let failedBefore: readonly number[];
  let failedAfter: readonly number[];

  const failed = async (service: Service) => {
    const { text } = await service.get('/metrics');
    return Number(/^frond_segment_fetches_total\{outcome="failed"\} (\d+)$/m.exec(text)![1]);
  };
  const failedOfBoth = () => Promise.all([roomy, tight].map(failed));
  const secondsToEmpty = async () => {
    const { segment } = JSON.parse((await roomy.get('/status')).text) as { segment: { tags: TagFigures[] } };
    return segment.tags[0]?.secondsToEmpty ?? Number.POSITIVE_INFINITY;
  };

  beforeAll(async () => {
    server = await startOwnMysql();
    const database = await createMysqlDatabase(server.url);
    const rows = ['roomy', 'a', 'b', 'c', 'd', 'e'].map(tag => `('${tag}', 1, 10)`);
    await database.query(`INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ${rows.join(', ')}`);
    const env = { FROND_SEGMENT_STORE: database.url, FROND_WORKER_SLOTS: 'off' };
    roomy = new Service({ env: { ...env, FROND_SEGMENT_TARGET_MS: String(ROOMY_TARGET_MS) } });
    tight = new Service({ env: { ...env, FROND_SEGMENT_TARGET_MS: '1000' } });
    for (const service of [roomy, tight]) await (await service.start()).ready();
    steady = new PacedClients(roomy, [ROOMY], 20);
    hungry = new PacedClients(tight, TIGHT, 20);
  }, SERVER_SETUP_MS);
  afterAll(async () => {
    await Promise.all([steady?.stop(), hungry?.stop()]);
    await Promise.all([roomy?.remove(), tight?.remove()]);
    await server?.stop();
  });

  it('refuses nobody whose ranges last, and others with a true Retry-After', { timeout: 120_000 }, async () => {
    const settled = async () => steady.harvest.ids.length > 300 && (await secondsToEmpty()) > (OUTAGE_MS * 1.5) / 1000;
    await waitUntil('ranges for longer than the outage', settled, 60_000);
    failedBefore = await failedOfBoth();
    const startedMs = performance.now();
    await server.pause();
    await delay(OUTAGE_MS / 2);
    expect([...hungry.harvest.refusals.keys()]).toEqual(['503 STORE_UNAVAILABLE']);
    await server.kill();
    await delay(OUTAGE_MS / 2);
    failedAfter = await failedOfBoth();
    outageMs = performance.now() - startedMs;
    const refused = await waitUntil('a refusal', async () => {
      const answer = await tight.get(TIGHT[0]!);
      return answer.status !== 200 && answer;
    });
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([503, 'STORE_UNAVAILABLE']);
    const retryAfterS = Number(refused.headers['retry-after']);
    // No pause is longer, so nobody waits for longer once the server is back.
    expect(retryAfterS).toBe(1);
    await server.restart();
    const [givenBefore, returnedMs] = [hungry.harvest.ids.length, performance.now()];
    const recovery = waitUntil('an ID', () => hungry.harvest.ids.length > givenBefore).then(() => performance.now());
    await delay(retryAfterS * 1000);
    // One call each, at the time that a refusal had named.
    const answers = await Promise.all(TIGHT.map(path => tight.get(path)));
    expect(answers.map(each => each.status)).toEqual(TIGHT.map(() => 200));
    for (const [i, { text }] of answers.entries()) hungry.harvest.ids.push(`${TIGHT[i]} ${text}`);
    await waitUntil('a flow of IDs', () => hungry.harvest.ids.length > givenBefore + 100);
    const triesAfter = (await failed(tight)) - failedAfter[1]!;
    // Those between the count and the return of the server, and few after it.
    expect(triesAfter).toBeLessThanOrEqual(4 + (returnedMs - startedMs - outageMs) / MIN_PAUSE_MS);
    console.log(`IDs again ${Math.round((await recovery) - returnedMs)} ms after the database answered`);
  });

  it('is asked seldom meanwhile, however many tags and callers wait', () => {
    const tries = failedAfter.map((count, i) => count - failedBefore[i]!);
    // Each of the five tags may have asked on its own before the store was taken to be away; then one asks for all.
    const most = TIGHT.length + SHORT_TRIES + 2 + outageMs / MIN_PAUSE_MS;
    console.log(`fetches that failed in ${Math.round(outageMs / 1000)} s: ${tries.join(' and ')}`);
    for (const count of tries) expect(count).toBeLessThanOrEqual(most);
    expect(tries[1]).toBeGreaterThan(SHORT_TRIES);
  });

  it('has cost whose ranges last not one call, and nobody an ID twice', async () => {
    await Promise.all([steady.stop(), hungry.stop()]);
    expect([[...steady.harvest.refusals], steady.harvest.broken]).toEqual([[], 0]);
    expect([[...hungry.harvest.refusals.keys()], hungry.harvest.broken]).toEqual([['503 STORE_UNAVAILABLE'], 0]);
    expect(steady.harvest.ids.length).toBeGreaterThan(outageMs / 100);
    for (const { ids } of [steady.harvest, hungry.harvest]) expect(new Set(ids).size).toBe(ids.length);
    expect([...roomy.errors, ...tight.errors]).toEqual([]);
  });
});

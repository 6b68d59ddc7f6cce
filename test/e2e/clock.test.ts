import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdClients } from '../support/id-clients.ts';
import { Service } from '../support/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const PATH = '/id/snowflake';
const HOUR_MS = 3_600_000;

/** With the settings that everybody has, on a real process whose clock is set by the test. */
describe('a wall clock that is set back', () => {
  let service: Service;
  let given: bigint[];

  beforeEach(async () => {
    given = [];
    service = await new Service({ clock: true }).start();
    await service.ready();
  });
  afterEach(() => service.remove());

  const id = async () => {
    const { status, text } = await service.get(PATH);
    if (status === 200) given.push(BigInt(text));
    return { status, text };
  };
  const expectStrictlyRising = () => {
    expect(given.length).toBeGreaterThan(1);
    expect(given.every((each, i) => i === 0 || each > given[i - 1]!)).toBe(true);
  };
  const recovers = () => waitUntil('IDs to flow again', async () => (await id()).status === 200, 15_000);

  it('by 2 s while running is absorbed: IDs go on and rise', async () => {
    await id();
    await service.stepClock(-2000);
    for (let i = 0; i < 100; i++) expect((await id()).status).toBe(200);
    expectStrictlyRising();
  });

  it.each([10_000, HOUR_MS])('by %i ms while running is refused with its numbers, and recovers alone', async backMs => {
    await id();
    await service.stepClock(-backMs);
    const refused = await service.get(PATH);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const problem = JSON.parse(refused.text) as { code: string; detail: string };
    expect(problem.code).toBe('CLOCK_BACKWARDS');
    const behindMs = Number(/is (\d+) ms behind/.exec(problem.detail)?.[1]);
    expect(behindMs).toBeGreaterThan(backMs - 2000);
    expect(behindMs).toBeLessThanOrEqual(backMs);
    expect(problem.detail).toContain('limit 5000 ms');
    expect(problem.detail).toContain('NTP');
    expect((await service.get('/id/segment/demo')).status).toBe(200);
    expect((await service.get(`${PATH}?fallback=uuid`)).headers['frond-kind']).toBe('uuid');
    await service.stepClock(0);
    await recovers();
    expectStrictlyRising();
  });

  it('by 2 s across a crash is waited out', async () => {
    await id();
    await service.end('SIGKILL');
    service.setClock(-2000);
    await service.start();
    await recovers();
    expectStrictlyRising();
  });

  it.each([10_000, HOUR_MS])(
    'by %i ms across a crash is refused with its numbers until the clock is right',
    async backMs => {
      await id();
      await service.end('SIGKILL');
      service.setClock(-backMs);
      await service.start();
      const problem = await waitUntil('the refusal', async () => {
        const refused = await service.get(PATH);
        expect(refused.status).toBe(503);
        const body = JSON.parse(refused.text) as { code: string; detail: string };
        return body.code === 'CLOCK_BEHIND' && body;
      });
      expect(Number(/is (\d+) ms behind/.exec(problem.detail)?.[1])).toBeGreaterThan(backMs - 2000);
      expect(problem.detail).toContain('Correct the clock');
      expect((await service.get('/readyz')).status).toBe(503);
      await service.stepClock(0);
      await recovers();
      expectStrictlyRising();
    },
  );

  it('again and again under load gives no ID twice', async () => {
    const clients = new IdClients(service, [PATH]);
    const seen = () => clients.of(PATH).ids.length;
    for (const offsetMs of [-50, -1000, 200, -3000, -10_000, -50, 0]) {
      await service.stepClock(offsetMs);
      const before = seen();
      if (offsetMs > -5000) await waitUntil('more IDs', () => seen() > before + 50);
    }
    await clients.stop();
    expect(new Set(clients.of(PATH).ids).size).toBe(seen());
    expect([...clients.of(PATH).refusals.keys()].every(kind => kind === '503 CLOCK_BACKWARDS')).toBe(true);
  });
});

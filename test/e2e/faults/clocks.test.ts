import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ask, FaultRig, untilRefused, untilRenewed, viewOf } from '../../support/fault-rig.ts';
import type { Member } from '../../support/member.ts';
import { waitUntil } from '../../support/wait-until.ts';

// After every test the rig asserts that no ID was given twice, and that those of each process rose. What a clock does
// that nobody else contradicts is in ../clock.test.ts; here ZooKeeper's clock stays right.

const rig = new FaultRig();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FORWARD_LIMIT_MS = 5000;
const LOOKAHEAD_MS = 600;
/** The lead that everybody has: a busy test machine may renew late. */
const PATIENT = { FROND_LOOKAHEAD_MS: '3000', FROND_START_WAIT_MAX_MS: '5000', FROND_STORE_TIMEOUT_MS: '1500' };

describe('a start with a wrong clock', () => {
  it.each([-HOUR_MS, HOUR_MS])('off by %i ms is refused with the numbers, until the clock is right', async offMs => {
    const member = await rig.member(PATIENT);
    member.stepClock(offMs);
    await member.start();
    const { status, detail, retryAfterS } = await untilRefused(member, 'CLOCK_SKEW');
    expect(status).toBe(503);
    expect(retryAfterS).toBeGreaterThan(0);
    const [, skewMs, limitMs] = /differs from the slot store's by (\d+) ms \(limit (\d+) ms\)/.exec(detail)!;
    expect(Math.abs(Number(skewMs) - HOUR_MS)).toBeLessThan(10_000);
    expect(limitMs).toBe('10000');
    expect((await member.service.get('/readyz')).status).toBe(503);
    expect((await rig.witness.getChildren(rig.node('forever'))).names).toEqual([]);
    member.stepClock(0);
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect(
      [...rig.refusalsOf(member).keys()].filter(each => each.startsWith('503 ') && !/SKEW|READY/.test(each)),
    ).toEqual([]);
  });
});

describe('a clock that jumps ahead', () => {
  it('as on a machine that was suspended is believed as soon as ZooKeeper agrees', async () => {
    await rig.plant({ floorMs: 0 });
    const member = await rig.member({ FROND_SKEW_LIMIT_MS: String(HOUR_MS) });
    member.stepClock(-HOUR_MS + 60_000);
    await member.start();
    await rig.untilServing(member);
    member.stepClock(0);
    await waitUntil('the jump to be confirmed', async () => (await viewOf(member)).jumpsConfirmed === 1);
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    const { timeMs } = JSON.parse((await member.service.get(`/decode/${(await ask(member)).text}`)).text);
    expect(Math.abs(timeMs - Date.now())).toBeLessThan(60_000);
    expect((await viewOf(member)).fences).toBe(0);
  });

  it('by days is not, and nobody is refused for days when it is right again', async () => {
    const member = await rig.serving();
    member.stepClock(3 * DAY_MS);
    const { status, detail, retryAfterS } = await untilRefused(member, 'LIMIT_REACHED');
    expect([status, retryAfterS > 0]).toEqual([503, true]);
    expect(Math.abs(Number(/jumped (\d+) ms ahead/.exec(detail)?.[1]) - 3 * DAY_MS)).toBeLessThan(60_000);
    await untilRenewed(member);
    await expectHonestMark();
    member.stepClock(0);
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({ jumpsConfirmed: 0, fences: 0, workerId: 0 });
    expect(rig.refusalsSinceReady(member)).toEqual(['503 LIMIT_REACHED']);
  });

  it('by days, and a crash meanwhile, leave no mark that is days ahead', async () => {
    const member = await rig.serving();
    member.stepClock(3 * DAY_MS);
    await untilRefused(member, 'LIMIT_REACHED');
    await member.end('SIGKILL');
    await expectHonestMark();
    member.stepClock(0);
    await member.start();
    await rig.untilServing(member);
  });

  async function expectHonestMark(): Promise<void> {
    const { hwmMs } = (await rig.slotOf(0)).data;
    expect(hwmMs).toBeLessThanOrEqual(Date.now() + FORWARD_LIMIT_MS + LOOKAHEAD_MS);
  }
});

describe('a clock that goes back', () => {
  const LIMIT_MS = 1000;

  it('in many small steps is absorbed until they add up to the limit, and recovers alone', async () => {
    const member = await rig.serving({ FROND_ROLLBACK_LIMIT_MS: String(LIMIT_MS) });
    let steps = 0;
    while ((await ask(member)).status === 200 && steps < 100) {
      await member.service.stepClock(-100 * ++steps);
    }
    expect(steps).toBeGreaterThanOrEqual(LIMIT_MS / 100);
    const { status, detail, retryAfterS } = await untilRefused(member, 'CLOCK_BACKWARDS');
    expect([status, retryAfterS > 0]).toEqual([503, true]);
    expect(Number(/is (\d+) ms behind/.exec(detail)?.[1])).toBeGreaterThan(LIMIT_MS);
    expect((await viewOf(member)).absorbedRollbackMs).toBeLessThanOrEqual(LIMIT_MS);
    // No further step: the clock goes on by itself.
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect(rig.refusalsSinceReady(member)).toEqual(['503 CLOCK_BACKWARDS']);
  });
});

describe('a clock that strobes by 200 ms to both sides, each 10 ms', () => {
  const cpuSeconds = async (member: Member) =>
    Number(/^process_cpu_seconds_total (\S+)$/m.exec((await member.service.get('/metrics')).text)?.[1]);

  it('refuses nobody, and keeps no timer spinning', async () => {
    const member = await rig.serving(PATIENT);
    await rig.untilMoreIds(member);
    const [cpuS, startedMs] = [await cpuSeconds(member), performance.now()];
    for (let i = 0; i < 200; i++) {
      member.stepClock(i % 2 === 0 ? 200 : -200);
      await delay(10);
    }
    const load = ((await cpuSeconds(member)) - cpuS) / ((performance.now() - startedMs) / 1000);
    expect(load).toBeLessThan(0.5);
    await rig.untilMoreIds(member);
    expect(rig.refusalsSinceReady(member)).toEqual([]);
    expect((await viewOf(member)).absorbedRollbackMs).toBeGreaterThan(200);
  });
});

import { describe, expect, it } from 'vitest';
import { FaultRig, untilRefused, untilRenewed, viewOf } from '../../support/fault-rig.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { turnedClock } from '../../support/zookeeper-clock.ts';

// After every test the rig asserts that no ID was given twice, and that no two holders of a worker ID overlap in time.

const rig = new FaultRig();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STATELESS = { FROND_DATA_DIR: 'none' };

describe("a ZooKeeper whose leader's clock is wrong", () => {
  it.each([-DAY_MS, DAY_MS])('by %i ms does no harm to a holder, and lets nobody have its slot', async offMs => {
    await rig.plant({ workerBits: 1 });
    const env = { ...STATELESS, FROND_ALLOWANCE_MS: '20000' };
    const [holder, neighbour] = [await rig.serving(env), await rig.serving(env)];
    const late = await rig.member(env);
    for (const each of [holder, late]) each.proxy.translate(turnedClock(offMs));
    await late.start();
    const { detail } = await untilRefused(late, 'CLOCK_SKEW');
    const skewMs = Number(/differs from the slot store's by (\d+) ms/.exec(detail)?.[1]);
    expect(Math.abs(skewMs - DAY_MS)).toBeLessThan(MINUTE_MS);
    await untilRenewed(holder);
    await rig.untilMoreIds(holder);
    expect((await rig.slotOf(0)).data.hwmMs).toBeLessThan(Date.now() + MINUTE_MS);
    late.proxy.translate(undefined);
    await untilRefused(late, 'NO_FREE_SLOT');
    await neighbour.end('SIGTERM');
    await rig.untilServing(late);
    await rig.untilMoreIds(late);
    expect(await viewOf(holder)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0 });
    expect(rig.refusalsSinceReady(holder)).toEqual([]);
  });

  it('like that of an heir who takes a worker ID long before its bound has heirs begin above the bound', async () => {
    await rig.plant({ workerBits: 1 });
    const [holder, neighbour] = [await rig.serving({ FROND_ALLOWANCE_MS: '600000' }), await rig.serving()];
    await rig.untilMoreIds(holder);
    holder.service.signal('SIGSTOP');
    await waitUntil('the session to end', async () => (await rig.signOfLife(0)) === undefined);
    const { boundMs } = (await rig.slotOf(0)).data;
    const heir = await rig.member({ FROND_SKEW_LIMIT_MS: String(HOUR_MS) });
    heir.proxy.translate(turnedClock(HOUR_MS));
    heir.stepClock(HOUR_MS);
    await heir.start();
    await rig.untilServing(heir);
    expect(Date.now()).toBeLessThan(boundMs);
    expect(await viewOf(heir)).toMatchObject({ workerId: 0, incarnation: 2, floorMs: boundMs, claims: { expired: 1 } });
    holder.service.signal('SIGCONT');
    await waitUntil('the loss to be noticed', async () => (await viewOf(holder)).fences === 1);
    await neighbour.end('SIGTERM');
    for (const each of [holder, heir]) {
      await rig.untilServing(each);
      await rig.untilMoreIds(each);
    }
    expect((await viewOf(holder)).workerId).toBe(1);
  });
});

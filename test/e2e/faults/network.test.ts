import { describe, expect, it } from 'vitest';
import { FaultRig, untilRefused, untilRenewed, viewOf } from '../../support/fault-rig.ts';
import type { Member } from '../../support/member.ts';
import { waitUntil } from '../../support/wait-until.ts';

// After every test the rig asserts that no ID was given twice, and that no two holders of a worker ID overlap in time.

const rig = new FaultRig();

/** Outlasts every outage here, and every stall of a busy test machine. */
const LONG_ALLOWANCE = {
  FROND_ALLOWANCE_MS: '20000',
  FROND_LOOKAHEAD_MS: '3000',
  FROND_START_WAIT_MAX_MS: '5000',
};

function expectNoRefusal(member: Member): void {
  expect(rig.refusalsSinceReady(member)).toEqual([]);
}

const untilUnknown = (member: Member) =>
  waitUntil('renewals without an answer', async () => (await viewOf(member)).renewals.unknown >= 2);

describe('without ZooKeeper', () => {
  it('for longer than the session, IDs flow on, and the next session goes on with the same worker ID', async () => {
    const member = await rig.serving(LONG_ALLOWANCE);
    const owner = (await rig.signOfLife(0))?.ephemeralOwner;
    const { token } = (await rig.slotOf(0)).data;
    member.proxy.goSilent();
    await waitUntil('the session to end', async () => (await rig.signOfLife(0)) === undefined);
    await rig.untilMoreIds(member);
    member.proxy.pass();
    const sign = await waitUntil('the sign of life', () => rig.signOfLife(0));
    expect(sign.ephemeralOwner).not.toBe(owner);
    await untilRenewed(member);
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0 });
    expect((await rig.slotOf(0)).data.token).toBe(token);
    expectNoRefusal(member);
  });

  it('killed and restarted, nobody is refused, and renewals are acknowledged again', async () => {
    const member = await rig.serving(LONG_ALLOWANCE);
    await rig.server.kill();
    await untilUnknown(member);
    await rig.untilMoreIds(member);
    await rig.server.restart();
    await untilRenewed(member);
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0 });
    expectNoRefusal(member);
  });

  it('for longer than the allowance, IDs are refused up to two renewals after it is back', async () => {
    // The intervals that everybody has: pauses before a new connection are shorter than a renewal.
    const member = await rig.serving({
      FROND_RENEW_INTERVAL_MS: '1000',
      FROND_LOOKAHEAD_MS: '3000',
      FROND_START_WAIT_MAX_MS: '5000',
      FROND_ALLOWANCE_MS: '500',
    });
    const { boundMs } = (await rig.slotOf(0)).data;
    await rig.server.kill();
    const { status, detail, retryAfterS } = await untilRefused(member, 'LIMIT_REACHED');
    expect(status).toBe(503);
    expect(retryAfterS).toBeGreaterThan(0);
    expect(detail).toMatch(/^The next timestamp is \d+ ms above the persisted limit: .*does not acknowledge renewals/);
    expect((await member.service.get('/readyz')).status).toBe(503);
    expect(Date.now()).toBeGreaterThan(boundMs);
    await rig.server.restart();
    const { unknown } = (await viewOf(member)).renewals;
    await rig.untilServing(member);
    expect((await viewOf(member)).renewals.unknown - unknown).toBeLessThanOrEqual(2);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0, failure: null });
    expect(rig.refusalsSinceReady(member)).toEqual(['503 LIMIT_REACHED']);
  });

  it('that answers 10 s late, IDs flow up to the bound, and again when it is fast', async () => {
    const member = await rig.serving();
    const { token } = (await rig.slotOf(0)).data;
    member.proxy.delay(10_000);
    await untilUnknown(member);
    await rig.untilMoreIds(member);
    await untilRefused(member, 'LIMIT_REACHED');
    member.proxy.pass();
    await rig.untilServing(member);
    await untilRenewed(member);
    expect((await viewOf(member)).fences).toBe(0);
    expect((await rig.slotOf(0)).data.token).toBe(token);
    expect(rig.refusalsSinceReady(member)).toEqual(['503 LIMIT_REACHED']);
  });
});

describe('a connection that goes silent', () => {
  it('is torn down, and nothing that waited on it is written behind later writes', async () => {
    const member = await rig.serving(LONG_ALLOWANCE);
    await untilRenewed(member);
    member.proxy.goSilent();
    await untilUnknown(member);
    member.proxy.pass();
    // A write of an older record would take something back.
    let last = await rig.slotOf(0);
    for (let seen = 0; seen < 5; ) {
      const slot = await rig.slotOf(0);
      expect(slot.data.renewal).toBeGreaterThanOrEqual(last.data.renewal);
      expect(slot.data.boundMs).toBeGreaterThanOrEqual(last.data.boundMs);
      expect(slot.data.hwmMs).toBeGreaterThanOrEqual(last.data.hwmMs);
      if (slot.version > last.version) seen++;
      last = slot;
    }
    const reasons = member.service.log.filter(each => each.msg === 'connection to ZooKeeper lost');
    expect(reasons[0]).toMatchObject({ reason: expect.stringMatching(/^no answer within \d+ ms$/) });
    await waitUntil('one connection', () => member.proxy.connectionCount === 1);
    expect((await viewOf(member)).fences).toBe(0);
    expectNoRefusal(member);
  });
});

describe('a lost connection', () => {
  it.each(['request', 'reply'] as const)('with the %s of a claim leaves one node, which is ours', async what => {
    const member = await rig.member();
    const lost = member.proxy.loseNext('"renewal":0,', what);
    await member.start();
    await lost;
    await rig.untilServing(member);
    expect((await rig.witness.getChildren(rig.node('forever'))).names.length).toBe(1);
    await waitUntil('the sign of life', () => rig.signOfLife(0));
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0 });
  });

  it.each(['request', 'reply'] as const)('with the %s of a takeover leaves one sign of life, ours', async what => {
    const [earlier, member] = [await rig.serving(), await rig.member()];
    await untilRenewed(earlier);
    await earlier.end('SIGTERM');
    const lost = member.proxy.loseNext('"renewal":0,', what);
    await member.start();
    await lost;
    await rig.untilServing(member);
    await untilRenewed(member);
    expect((await rig.witness.getChildren(rig.node('live'))).names).toEqual(['0']);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 2, fences: 0 });
  });

  it.each(['request', 'reply'] as const)('with the %s of a renewal is read back, and renewals go on', async what => {
    const member = await rig.serving(LONG_ALLOWANCE);
    const { token } = (await rig.slotOf(0)).data;
    for (let i = 0; i < 3; i++) {
      await member.proxy.loseNext('"state":"held"', what);
      await untilRenewed(member);
    }
    expect((await rig.slotOf(0)).data.token).toBe(token);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0 });
    expectNoRefusal(member);
  });
});

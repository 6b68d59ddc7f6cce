import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FaultRig, untilRenewed, viewOf } from '../../support/fault-rig.ts';
import type { Member } from '../../support/member.ts';
import { Service } from '../../support/service.ts';
import { waitUntil } from '../../support/wait-until.ts';

// After every test the rig asserts that no ID was given twice, and that no two holders of a worker ID overlap in time.

const rig = new FaultRig();

const LONG = { timeout: 600_000 };

/** Brings a process to a write, and what tells that write from others. */
const WRITES: Record<string, { readonly text: string; readonly begin: (member: Member) => Promise<unknown> }> = {
  claim: { text: '"renewal":0,', begin: member => member.start() },
  renewal: { text: '"state":"held"', begin: async () => {} },
  stop: { text: '"state":"released"', begin: async member => member.service.signal('SIGTERM') },
};

const STATELESS = { FROND_DATA_DIR: 'none' };

describe('kill -9', () => {
  it.each(Object.keys(WRITES).flatMap(kind => [[kind, 'with'] as const, [kind, 'without'] as const]))(
    'at a %s, before and after it took effect, %s a data directory, costs no worker ID for longer than its bound',
    async (kind, data) => {
      const { text, begin } = WRITES[kind]!;
      await rig.plant({ workerBits: 1 });
      const env = data === 'with' ? {} : STATELESS;
      const [member, other] = [await rig.member(env), await rig.member(env)];
      for (const what of ['request', 'reply'] as const) {
        if (kind !== 'claim') {
          await member.start();
          await rig.untilServing(member);
          await rig.untilMoreIds(member);
        }
        const lost = member.proxy.loseNext(text, what);
        const begun = begin(member);
        await lost;
        await begun;
        await member.end('SIGKILL');
      }
      // Both worker IDs there are, for two at a time.
      await Promise.all([member.start(), other.start()]);
      for (const each of [member, other]) {
        await rig.untilServing(each);
        await rig.untilMoreIds(each);
      }
      expect([(await viewOf(member)).workerId, (await viewOf(other)).workerId].sort()).toEqual([0, 1]);
    },
  );

  it('again and again, 100 times, 200 ms after each start, never makes a start wait longer', LONG, async () => {
    // The lead that everybody has: each start comes well before the last one's mark.
    const lookaheadMs = 3000;
    // The fault itself: how long each process lives. Nothing is waited for.
    const lifeMs = 200;
    const service = new Service({ env: { FROND_SEGMENT_STORE: 'off', FROND_WAIT_DEADLINE_MS: '0' } });
    const ids: string[] = [];
    const take = async () => {
      const { status, text } = await service.get('/id/snowflake');
      if (status === 200) ids.push(text);
      return status === 200;
    };
    try {
      for (let i = 0; i < 100; i++) {
        await service.start();
        const { floorMs } = await waitUntil('a claim', async () => {
          const { snowflake } = JSON.parse((await service.get('/status')).text);
          return snowflake.workerId === 0 && snowflake;
        });
        expect(floorMs - Date.now()).toBeLessThanOrEqual(lookaheadMs);
        await delay(lifeMs);
        await take();
        await service.end('SIGKILL');
      }
      await service.start();
      await waitUntil('an ID', take);
      const { workers } = JSON.parse((await service.get('/workers')).text);
      expect(workers).toMatchObject([{ workerId: 0, incarnation: 101 }]);
      expect(Date.parse(workers[0].highWater) - Date.now()).toBeLessThanOrEqual(lookaheadMs);
      expect(ids.every((id, i) => i === 0 || BigInt(id) > BigInt(ids[i - 1]!))).toBe(true);
    } finally {
      await service.remove();
    }
  });
});

describe('a process that is stopped for longer than its session and its bound', () => {
  it('finds its worker ID taken over when it wakes, stops at once, and goes on under another', async () => {
    await rig.plant({ workerBits: 1 });
    const sleeper = await rig.serving();
    const neighbour = await rig.serving();
    expect([(await viewOf(sleeper)).workerId, (await viewOf(neighbour)).workerId]).toEqual([0, 1]);
    await rig.untilMoreIds(sleeper);
    sleeper.service.signal('SIGSTOP');
    const heir = await rig.serving();
    expect(await viewOf(heir)).toMatchObject({ workerId: 0, incarnation: 2 });
    await rig.untilMoreIds(heir);
    const { token } = (await rig.slotOf(0)).data;
    sleeper.service.signal('SIGCONT');
    await waitUntil('the loss to be noticed', async () => (await viewOf(sleeper)).fences === 1);
    await neighbour.end('SIGTERM');
    await rig.untilServing(sleeper);
    await rig.untilMoreIds(sleeper);
    await rig.untilMoreIds(heir);
    expect(await viewOf(sleeper)).toMatchObject({ workerId: 1, fences: 1 });
    expect((await rig.slotOf(0)).data.token).toBe(token);
  });

  it('keeps its worker ID when nobody wanted it, and its sign of life comes back', async () => {
    const member = await rig.serving();
    const before = await rig.slotOf(0);
    const owner = (await rig.signOfLife(0))?.ephemeralOwner;
    member.service.signal('SIGSTOP');
    await waitUntil('the session to end', async () => (await rig.signOfLife(0)) === undefined);
    await waitUntil('the bound', () => Date.now() > before.data.boundMs);
    member.service.signal('SIGCONT');
    await untilRenewed(member);
    await rig.untilMoreIds(member);
    const sign = await waitUntil('the sign of life', () => rig.signOfLife(0));
    expect(sign.ephemeralOwner).not.toBe(owner);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 1, fences: 0 });
    expect((await rig.slotOf(0)).data.token).toBe(before.data.token);
  });
});

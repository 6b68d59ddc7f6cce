import { cpSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultRig, untilRefused, untilRenewed, viewOf } from '../../support/fault-rig.ts';
import { dataDirectoryOf, placesIn, recordFileOf, recordIn } from '../../support/host-record.ts';
import type { Member } from '../../support/member.ts';
import { waitUntil } from '../../support/wait-until.ts';

// After every test the rig asserts that no ID was given twice, and that no two holders of a worker ID overlap in time.

const rig = new FaultRig();

const LOOKAHEAD_MS = 600;
/** Far longer than any test: who has a worker ID again before that has proof. */
const LONG_BOUND = { FROND_ALLOWANCE_MS: '600000' };
const OFFLINE = { ...LONG_BOUND, FROND_OFFLINE_START: 'on' };

async function restarted(member: Member): Promise<void> {
  await member.start();
  await rig.untilServing(member);
}

function logOf(member: Member, msg: string) {
  return member.service.log.filter(line => line.msg === msg);
}

const workerIdsOf = async (...members: Member[]) =>
  Promise.all(members.map(async each => (await viewOf(each)).workerId));

describe('kill -9 of a process with a data directory', () => {
  it('costs no worker ID and no more than the lookahead, again and again', async () => {
    const member = await rig.serving(LONG_BOUND);
    for (let crashes = 1; crashes <= 3; crashes++) {
      await rig.untilMoreIds(member);
      await member.end('SIGKILL');
      const diedMs = Date.now();
      await restarted(member);
      await rig.untilMoreIds(member);
      const view = await viewOf(member);
      expect(view).toMatchObject({ workerId: 0, incarnation: crashes + 1, claims: { proof: 1, created: 0 } });
      expect(view.floorMs).toBeLessThanOrEqual(diedMs + LOOKAHEAD_MS);
      const [before, after] = [crashes, crashes + 1].map(incarnation => rig.idsOf(member, incarnation));
      expect(min(after!)).toBeGreaterThan(max(before!));
    }
  });

  it('of two on one data directory costs neither its own worker ID', async () => {
    const first = await rig.serving(LONG_BOUND);
    const shared = dataDirectoryOf(first);
    const second = await rig.serving({
      ...LONG_BOUND,
      FROND_DATA_DIR: shared,
      FROND_WORKER_SLOTS: first.slotsUrl,
    });
    expect(await workerIdsOf(first, second)).toEqual([0, 1]);
    expect(placesIn(shared).map(place => recordIn(join(place, 'slot.json')).workerId)).toEqual([0, 1]);
    await rig.untilMoreIds(first);
    await rig.untilMoreIds(second);
    await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
    await Promise.all([restarted(first), restarted(second)]);
    await rig.untilMoreIds(first);
    await rig.untilMoreIds(second);
    expect((await workerIdsOf(first, second)).sort()).toEqual([0, 1]);
    for (const each of [first, second]) expect(await viewOf(each)).toMatchObject({ claims: { proof: 1 } });
    expect(placesIn(shared).length).toBe(2);
  });
});

describe('a record that is not what its writer left', () => {
  async function expectNoProof(member: Member, workerId: number, result: 'damaged' | 'outdated'): Promise<void> {
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({
      workerId,
      claims: { proof: 0 },
      proofs: { accepted: 0, [result]: 1 },
    });
    const { text } = await member.service.get('/metrics');
    expect(text).toMatch(new RegExp(`^frond_snowflake_proofs_total\\{result="${result}"\\} 1$`, 'm'));
  }

  it('but torn, or an older copy, proves nothing, and says so', async () => {
    const member = await rig.serving(LONG_BOUND);
    await rig.untilMoreIds(member);
    await member.end('SIGKILL');
    const file = recordFileOf(member);
    truncateSync(file, 100);
    await restarted(member);
    await expectNoProof(member, 1, 'damaged');
    expect(logOf(member, 'proves nothing')).toMatchObject([{ reason: 'its 100 bytes are not a whole record' }]);

    const older = readFileSync(file);
    const { renewal } = recordIn(file);
    await waitUntil('renewals', async () => (await rig.slotOf(1)).data.renewal > renewal + 3);
    await rig.untilMoreIds(member);
    await member.end('SIGKILL');
    // In place: the lock file and the name stay as they are.
    writeFileSync(file, older);
    await restarted(member);
    await expectNoProof(member, 2, 'outdated');
    expect(logOf(member, 'the record left here is outdated')).toMatchObject([{ workerId: 1, state: 'held' }]);
  });

  it('but a copy elsewhere proves nothing there, and is used where it was', async () => {
    const member = await rig.serving(LONG_BOUND);
    await rig.untilMoreIds(member);
    await member.end('SIGKILL');
    const clone = await rig.member({ ...LONG_BOUND, FROND_WORKER_SLOTS: member.slotsUrl });
    cpSync(dataDirectoryOf(member), dataDirectoryOf(clone), { recursive: true, preserveTimestamps: true });
    await restarted(clone);
    await expectNoProof(clone, 1, 'damaged');
    expect(logOf(clone, 'proves nothing')).toMatchObject([{ reason: expect.stringMatching(/^its lock file was /) }]);
    await restarted(member);
    await rig.untilMoreIds(member);
    await rig.untilMoreIds(clone);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, claims: { proof: 1 } });
  });
});

describe('a planned stop', () => {
  it('keeps the worker ID when it parks, and gives it to the next one when it releases', async () => {
    const parking = await rig.serving({ ...LONG_BOUND, FROND_SLOT_ON_STOP: 'park' });
    const releasing = await rig.serving(LONG_BOUND);
    expect(await workerIdsOf(parking, releasing)).toEqual([0, 1]);
    for (const each of [parking, releasing]) {
      await rig.untilMoreIds(each);
      await each.end('SIGTERM');
    }
    expect([recordIn(recordFileOf(parking)).state, recordIn(recordFileOf(releasing)).state]).toEqual([
      'parked',
      'given-up',
    ]);
    expect([(await rig.slotOf(0)).data.state, (await rig.slotOf(1)).data.state]).toEqual(['held', 'released']);
    const other = await rig.serving(LONG_BOUND);
    expect(await viewOf(other)).toMatchObject({ workerId: 1, claims: { released: 1 } });
    await restarted(parking);
    await restarted(releasing);
    for (const each of [parking, releasing, other]) await rig.untilMoreIds(each);
    expect(await viewOf(parking)).toMatchObject({ workerId: 0, claims: { proof: 1 } });
    expect(await viewOf(releasing)).toMatchObject({ workerId: 2, claims: { proof: 0 }, proofs: { outdated: 1 } });
  });
});

describe('a start without ZooKeeper', () => {
  it('goes on from the record of a crash where that is allowed, and renews when ZooKeeper is back', async () => {
    const [allowed, denied] = [await rig.serving(OFFLINE), await rig.serving(LONG_BOUND)];
    const { token } = (await rig.slotOf(0)).data;
    for (const each of [allowed, denied]) {
      await rig.untilMoreIds(each);
      each.proxy.goSilent();
      await each.end('SIGKILL');
    }
    const { hwmMs } = recordIn(recordFileOf(allowed));
    await Promise.all([restarted(allowed), denied.start()]);
    expect(await viewOf(allowed)).toMatchObject({
      workerId: 0,
      incarnation: 1,
      floorMs: hwmMs,
      claims: { offline: 1 },
    });
    await rig.untilMoreIds(allowed);
    await untilRefused(denied, 'SLOT_STORE_UNAVAILABLE');
    expect(rig.idsOf(denied, 2)).toEqual([]);
    const { renewal } = (await rig.slotOf(0)).data;
    for (const each of [allowed, denied]) each.proxy.pass();
    await untilRenewed(allowed);
    await rig.untilServing(denied);
    for (const each of [allowed, denied]) await rig.untilMoreIds(each);
    expect(await viewOf(allowed)).toMatchObject({ workerId: 0, fences: 0, failure: null });
    expect(await viewOf(denied)).toMatchObject({ workerId: 1, claims: { proof: 1, offline: 0 } });
    const { data } = await rig.slotOf(0);
    expect(data.token).toBe(token);
    expect(data.renewal).toBeGreaterThan(renewal);
    expect(min(rig.idsOf(allowed, 2))).toBeGreaterThan(max(rig.idsOf(allowed, 1)));
  });

  it('is refused after a release, whoever has the worker ID now', async () => {
    const member = await rig.serving(OFFLINE);
    await rig.untilMoreIds(member);
    await member.end('SIGTERM');
    const heir = await rig.serving(OFFLINE);
    expect(await viewOf(heir)).toMatchObject({ workerId: 0, incarnation: 2, claims: { released: 1 } });
    member.proxy.goSilent();
    await member.start();
    await untilRefused(member, 'SLOT_STORE_UNAVAILABLE');
    await rig.untilMoreIds(heir);
    expect(await viewOf(member)).toMatchObject({ workerId: null, claims: { offline: 0 } });
    member.proxy.pass();
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect(await workerIdsOf(member, heir)).toEqual([1, 0]);
  });

  it('gives nothing above the bound that was published, and the worker ID is lost to who took it over', async () => {
    await rig.plant({ workerBits: 1 });
    const member = await rig.serving({ FROND_OFFLINE_START: 'on' });
    const neighbour = await rig.serving();
    await rig.untilMoreIds(member);
    member.proxy.goSilent();
    await member.end('SIGKILL');
    const heir = await rig.serving();
    expect(await viewOf(heir)).toMatchObject({ workerId: 0, incarnation: 2, claims: { expired: 1 } });
    await rig.untilMoreIds(heir);
    await member.start();
    await untilRefused(member, 'LIMIT_REACHED');
    await neighbour.end('SIGTERM');
    member.proxy.pass();
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({ workerId: 1, fences: 1, claims: { offline: 1 } });
    expect(await viewOf(heir)).toMatchObject({ workerId: 0, fences: 0 });
  });
});

describe('a disk that takes no more records', () => {
  async function untilFailed(member: Member): Promise<void> {
    const { failed } = (await viewOf(member)).records;
    await waitUntil('failed records', async () => (await viewOf(member)).records.failed > failed + 2);
  }

  it('leaves ZooKeeper to vouch alone: without both IDs end at the mark, not at the bound', async () => {
    const member = await rig.serving({ ...LONG_BOUND, FROND_LOOKAHEAD_MS: '3000', FROND_START_WAIT_MAX_MS: '5000' });
    const place = dirname(recordFileOf(member));
    renameSync(place, `${place}-away`);
    await untilFailed(member);
    await untilRenewed(member);
    await rig.untilMoreIds(member);
    expect(rig.refusalsSinceReady(member)).toEqual([]);
    expect(logOf(member, 'this host cannot keep its record').length).toBe(1);
    member.proxy.goSilent();
    await untilRefused(member, 'LIMIT_REACHED');
    expect((await viewOf(member)).boundLeftMs).toBeGreaterThan(0);
    renameSync(`${place}-away`, place);
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    await member.end('SIGKILL');
    member.proxy.pass();
    await restarted(member);
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, claims: { proof: 1 } });
    expect(logOf(member, 'this host keeps its record again').length).toBe(1);
  });

  it('ends at the mark on the disk where a start may go on from that alone', async () => {
    const member = await rig.serving(OFFLINE);
    const place = dirname(recordFileOf(member));
    renameSync(place, `${place}-away`);
    await waitUntil('the refusal that names the disk', async () => {
      const { detail } = await untilRefused(member, 'LIMIT_REACHED');
      return detail.includes('this host cannot keep its record of the slot');
    });
    await untilRenewed(member);
    renameSync(`${place}-away`, place);
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect((await viewOf(member)).fences).toBe(0);
  });
});

function min(ids: readonly bigint[]): bigint {
  return ids.reduce((least, id) => (id < least ? id : least));
}

function max(ids: readonly bigint[]): bigint {
  return ids.reduce((most, id) => (id > most ? id : most));
}

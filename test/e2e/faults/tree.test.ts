import { describe, expect, it } from 'vitest';
import { initStores } from '../../../src/cli/init.ts';
import { resolveConfig } from '../../../src/config.ts';
import { ask, FaultRig, untilRefused, viewOf } from '../../support/fault-rig.ts';
import { Service } from '../../support/service.ts';
import { waitUntil } from '../../support/wait-until.ts';

// After every test the rig asserts that no ID was given twice, and that no two holders of a worker ID overlap in time.

const rig = new FaultRig();

/** As `deleteall` of ZooKeeper's own client does. Holders may write meanwhile. */
async function removeTree(path: string): Promise<void> {
  const { names } = await rig.witness.getChildren(path);
  for (const name of names) await removeTree(`${path}/${name}`);
  await rig.witness.remove(path, -1);
}

describe('a tree that is deleted while services run', () => {
  it('ends their IDs at the next renewal, refuses every start, and begins above all once it is made anew', async () => {
    const members = [await rig.serving(), await rig.serving()];
    await Promise.all(members.map(each => rig.untilMoreIds(each)));
    await waitUntil('the tree to be gone', async () => {
      await removeTree(rig.node('forever').replace(/\/forever$/, ''));
      return true;
    });
    for (const member of members) {
      const { status, detail } = await untilRefused(member, 'STORE_NOT_INITIALISED');
      expect(status).toBe(503);
      expect(detail).toContain('frond init');
      expect(await viewOf(member)).toMatchObject({ fences: 1, workerId: null });
    }
    const latecomer = new Service({ env: { FROND_WORKER_SLOTS: rig.treeUrl, FROND_SEGMENT_STORE: 'off' } });
    try {
      void latecomer.start().catch(() => {});
      await waitUntil('the end of the process', () => latecomer.exitCode !== null);
      expect(latecomer.exitCode).toBe(1);
      expect(latecomer.errors.join('\n')).toMatch(/STORE_NOT_INITIALISED.*frond init/);
    } finally {
      await latecomer.remove();
    }
    const lost = {
      workerSlots: rig.treeUrl,
      allowanceMs: 1000,
      lookaheadMs: 600,
      skewLimitMs: 500,
      renewIntervalMs: 150,
    };
    await initStores(resolveConfig(lost), { slotsLost: true });
    for (const member of members) {
      await rig.untilServing(member);
      await rig.untilMoreIds(member);
    }
    expect((await Promise.all(members.map(viewOf))).map(each => each.workerId).sort()).toEqual([0, 1]);
  });
});

describe('services of the same host and port', () => {
  it('that start together get worker IDs of their own', async () => {
    const members = await Promise.all(Array.from({ length: 3 }, () => rig.member()));
    await Promise.all(members.map(each => each.start()));
    for (const member of members) {
      await rig.untilServing(member);
      await rig.untilMoreIds(member);
    }
    const { names } = await rig.witness.getChildren(rig.node('forever'));
    expect(new Set(names.map(each => each.slice(0, -10))).size).toBe(1);
    expect((await Promise.all(members.map(viewOf))).map(each => each.workerId).sort()).toEqual([0, 1, 2]);
    // A busy machine may hold a renewal up for a moment.
    await waitUntil('all to serve at once', async () =>
      (await Promise.all(members.map(ask))).every(each => each.status === 200),
    );
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultRig, untilRenewed, viewOf } from '../../support/fault-rig.ts';
import { IdClients } from '../../support/id-clients.ts';
import { Service } from '../../support/service.ts';
import { SpoiltDisk } from '../../support/spoilt-disk.ts';
import { waitUntil } from '../../support/wait-until.ts';

// With ZooKeeper, the rig asserts after every test that no ID was given twice, and that no two holders overlap in time.

const rig = new FaultRig();

const SLOW_MS = 5000;
const PATH = '/id/snowflake';
/** The lead that everybody has. */
const PATIENT = { FROND_LOOKAHEAD_MS: '3000', FROND_START_WAIT_MAX_MS: '5000' };

let disk: SpoiltDisk;
beforeEach(() => {
  disk = new SpoiltDisk();
});
afterEach(() => disk.remove());

const FAULTS: Record<string, () => void> = {
  'takes 5 s for each sync': () => disk.slow(SLOW_MS),
  'is full': () => disk.fail('ENOSPC'),
};

describe.each(Object.keys(FAULTS))('a disk that %s', fault => {
  it('is not felt beside ZooKeeper, and what it kept proves a death again when it is well', async () => {
    const member = await rig.serving({ ...PATIENT, FROND_ALLOWANCE_MS: '600000', ...disk.env });
    await rig.untilMoreIds(member);
    FAULTS[fault]!();
    const { failed } = (await viewOf(member)).records;
    await waitUntil('a record that fails', async () => (await viewOf(member)).records.failed > failed);
    await untilRenewed(member);
    await rig.untilMoreIds(member);
    await member.end('SIGKILL');
    disk.mend();
    await member.start();
    await rig.untilServing(member);
    await rig.untilMoreIds(member);
    expect(await viewOf(member)).toMatchObject({ workerId: 0, incarnation: 2, claims: { proof: 1 } });
    expect([...rig.refusalsOf(member).keys()].filter(each => each.includes('LIMIT_REACHED'))).toEqual([]);
  });

  it('ends IDs at the durable mark where the slots are on it, also for who starts there after a crash', async () => {
    const service = new Service({ env: { FROND_SEGMENT_STORE: 'off', FROND_RENEW_INTERVAL_MS: '200', ...disk.env } });
    let clients: IdClients | undefined;
    try {
      await service.start();
      await service.ready();
      clients = new IdClients(service, [PATH]);
      const { ids, refusals } = clients.of(PATH);
      await waitUntil('IDs', () => ids.length > 100);
      FAULTS[fault]!();
      await waitUntil('the limit', () => refusals.has('503 LIMIT_REACHED'), 30_000);
      const last = ids.map(BigInt).reduce((a, b) => (a > b ? a : b));
      expect(JSON.parse((await service.get(`/decode/${last}`)).text).timeMs).toBeLessThanOrEqual(markOf(service));
      disk.mend();
      const before = ids.length;
      await waitUntil('IDs again', () => ids.length > before + 100, 30_000);
      FAULTS[fault]!();
      await service.end('SIGKILL');
      disk.mend();
      const crashedAt = ids.length;
      await service.start();
      await waitUntil('IDs after the crash', () => ids.length > crashedAt + 100);
      const [earlier, later] = [ids.slice(0, crashedAt), ids.slice(crashedAt)].map(each => each.map(BigInt));
      const greatest = earlier!.reduce((a, b) => (a > b ? a : b));
      expect(later!.every(each => each > greatest)).toBe(true);
      expect(new Set(ids).size).toBe(ids.length);
    } finally {
      await service.end('SIGKILL');
      await clients?.stop();
      await service.remove();
    }
  });
});

/** The high-water mark in the record of worker ID 0 of a service with slots of its own. */
function markOf({ directory }: Service): number {
  return JSON.parse(readFileSync(join(directory, 'data/slots/0000/slot.json'), 'utf8')).record.data.hwmMs;
}

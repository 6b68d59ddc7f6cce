/**
 * Moving over from Leaf without a moment of silence: Leaf runs on under its worker IDs, Frond begins beside it under
 * others. The numbers that Leaf has, and some that it may still take, stand in the new tree as held for ever, until an
 * operator who has stopped Leaf releases them.
 */

import { FrondError } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { SlotData, SlotLayout, SlotOwner } from '../slot-store.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { ZookeeperClient } from '../zookeeper/zookeeper-port.ts';
import { encodeSlot, slotPrefix, workerIdOf } from './zookeeper-slot.ts';
import type { ZookeeperTree } from './zookeeper-tree.ts';

/** Leaf burns a number for each new address, as every restart of a container has one. */
const SPARE_NUMBERS = 64;

const NOBODY: SlotOwner = { host: 'leaf', port: null, pid: 0 };

/** Leaf's bits; its epoch is a parameter of its constructor. @throws FrondError LAYOUT_MISMATCH */
export function assertLeafBits({ workerBits, sequenceBits }: SlotLayout): void {
  if (workerBits !== 10)
    throw new FrondError('LAYOUT_MISMATCH', { field: 'workerBits', configured: workerBits, stored: 10 });
  if (sequenceBits !== 12) {
    throw new FrondError('LAYOUT_MISMATCH', { field: 'sequenceBits', configured: sequenceBits, stored: 12 });
  }
}

/** `10.0.0.1:8080-0000000007`, by which Leaf knows its own node. */
function ownerOf(name: string): SlotOwner {
  const [, host, port] = /^(.*):(\d{1,5})-\d{10}$/.exec(name) ?? [];
  return host === undefined ? NOBODY : { host, port: Number(port), pid: 0 };
}

/** Who has which number in Leaf's tree. @throws FrondError STORE_NOT_INITIALISED; ZookeeperError */
async function leafOwners(client: ZookeeperClient, leafName: string): Promise<Map<number, SlotOwner>> {
  const forever = `/snowflake/${leafName}/forever`;
  const { names } = await client.getChildren(forever).catch((error: unknown) => {
    if (!hasCode(error, 'NO_NODE')) throw error;
    throw new FrondError('STORE_NOT_INITIALISED', { store: client.name, reason: `there is no ${forever}` });
  });
  const owners = new Map<number, SlotOwner>();
  for (const name of names) {
    const workerId = workerIdOf(name);
    if (workerId !== undefined) owners.set(workerId, ownerOf(name));
  }
  return owners;
}

/**
 * Makes a slot for each number up to Leaf's last and `SPARE_NUMBERS` beyond, in a tree that has none and no layout yet.
 * Their bound is the end of time under `layout`, so that nobody claims them.
 * @returns how many
 * @throws FrondError STORE_NOT_INITIALISED (no such tree of Leaf's), STORE_DAMAGED (Leaf has used up the numbers);
 *   ZookeeperError
 */
export async function reserveLeafWorkers(
  client: ZookeeperClient,
  tree: ZookeeperTree,
  leafName: string,
  treeId: string,
  layout: SlotLayout,
  system: System,
): Promise<number> {
  const owners = await leafOwners(client, leafName);
  const used = Math.max(-1, ...owners.keys()) + 1;
  const reserved = used + SPARE_NUMBERS;
  const pool = 2 ** layout.workerBits;
  if (reserved >= pool) {
    const reason = `Leaf has had ${used} of ${pool} worker IDs, and ${SPARE_NUMBERS} more must stay free for it: stop every Leaf and use --import-leaf instead`;
    throw new FrondError('STORE_DAMAGED', { store: client.name, reason });
  }
  const hwmMs = system.clock.wallMs();
  const boundMs = layout.epochMs + 2 ** layout.timeBits - 1;
  for (let workerId = 0; workerId < reserved; workerId++) {
    const owner = owners.get(workerId) ?? NOBODY;
    const token = system.random.token();
    const data: SlotData = { token, incarnation: 1, renewal: 0, hwmMs, boundMs, state: 'held', owner };
    await client.create(tree.slotPath(slotPrefix(owner, treeId)), encodeSlot(data), 'sequential');
  }
  return reserved;
}

import { FrondError, reasonOf } from '../../errors.ts';
import type { System } from '../../system/system.ts';
import type { SlotLayout } from '../slot-store.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { ZookeeperClient } from '../zookeeper/zookeeper-port.ts';
import { ZookeeperSession } from '../zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../zookeeper/zookeeper-url.ts';
import { assertLeafBits, reserveLeafWorkers } from './leaf-reserve.ts';
import { leafFloorMs } from './leaf-tree.ts';
import { assertSameLayout, parseLayout, type TreeLayout, ZookeeperTree } from './zookeeper-tree.ts';

const INIT_TIMEOUT_MS = 10_000;

export interface InitZookeeperOptions {
  /**
   * No timestamp at or below it will be used by a new tree; Unix ms. After ZooKeeper has lost a tree whose instances
   * still run: now + the largest allowance of any of them. By default the wall clock.
   */
  readonly floorMs?: number | undefined;
  /** `leaf.name` of a stopped Leaf in the same ensemble: the floor is above every time that it used. */
  readonly importLeaf?: string | undefined;
  /** `leaf.name` of a Leaf in the same ensemble that runs on: its worker IDs are kept for it. */
  readonly besideLeaf?: string | undefined;
}

/**
 * Makes the tree of worker slots at `url`; one that is there is never changed.
 * @returns false when it was there with this layout
 * @throws FrondError INVALID_CONFIG, LAYOUT_MISMATCH, STORE_DAMAGED (what is there is no tree of Frond's),
 *   SLOT_STORE_UNAVAILABLE
 */
export async function initZookeeper(
  url: string,
  layout: SlotLayout,
  system: System,
  options: InitZookeeperOptions = {},
): Promise<boolean> {
  const address = parseZookeeperUrl(url);
  const client = new ZookeeperSession({ address, system, timeoutMs: INIT_TIMEOUT_MS });
  try {
    await client.connect(INIT_TIMEOUT_MS);
    return await makeTree(client, address.tree, layout, system, options);
  } catch (error) {
    if (error instanceof FrondError) throw error;
    const details = { store: address.name, reason: reasonOf(error) };
    throw new FrondError('SLOT_STORE_UNAVAILABLE', details, { cause: error });
  } finally {
    await client.close();
  }
}

/** Over any client; see `initZookeeper`. `layout` is written last: a tree with it is complete. */
export async function makeTree(
  client: ZookeeperClient,
  name: string,
  layout: SlotLayout,
  system: System,
  options: InitZookeeperOptions = {},
): Promise<boolean> {
  const tree = new ZookeeperTree(client, name);
  if (await matches(client, tree, layout)) return false;
  for (const path of ['/snowflake', tree.root, tree.forever, tree.live, tree.clock]) {
    await createUnlessThere(client, path, Buffer.alloc(0));
  }
  await refuseStrangers(client, tree);
  const { epochMs, timeBits, workerBits, sequenceBits } = layout;
  const { importLeaf, besideLeaf } = options;
  if (importLeaf !== undefined || besideLeaf !== undefined) assertLeafBits(layout);
  const leafMs =
    importLeaf === undefined ? 0 : await leafFloorMs(client, importLeaf, (await tree.touchClock()).mtimeMs);
  const floorMs = Math.max(leafMs, options.floorMs ?? system.clock.wallMs());
  const made: TreeLayout = { treeId: system.random.token(), epochMs, timeBits, workerBits, sequenceBits, floorMs };
  if (besideLeaf !== undefined) await reserveLeafWorkers(client, tree, besideLeaf, made.treeId, made, system);
  if (await createUnlessThere(client, tree.layout, Buffer.from(JSON.stringify(made)))) return true;
  // Another init was faster.
  await matches(client, tree, layout);
  return false;
}

/** False when there is no tree. @throws FrondError LAYOUT_MISMATCH, STORE_DAMAGED */
async function matches(client: ZookeeperClient, tree: ZookeeperTree, layout: SlotLayout): Promise<boolean> {
  try {
    const { data } = await client.getData(tree.layout);
    assertSameLayout(parseLayout(data, client.name, tree.layout), layout);
    return true;
  } catch (error) {
    if (hasCode(error, 'NO_NODE')) return false;
    throw error;
  }
}

/** Slots without a layout are Leaf's, or the rest of a tree of unknown layout. */
async function refuseStrangers(client: ZookeeperClient, tree: ZookeeperTree): Promise<void> {
  const { names } = await client.getChildren(tree.forever);
  if (names.length === 0 || (await client.exists(tree.layout)) !== undefined) return;
  const reason = `${tree.forever} holds ${names.length} slots but there is no ${tree.layout}: it may be Leaf's; take another name for the tree`;
  throw new FrondError('STORE_DAMAGED', { store: client.name, reason });
}

async function createUnlessThere(client: ZookeeperClient, path: string, data: Buffer): Promise<boolean> {
  try {
    await client.create(path, data, 'persistent');
    return true;
  } catch (error) {
    if (hasCode(error, 'NODE_EXISTS')) return false;
    throw error;
  }
}

import { FrondError, reasonOf } from '../../errors.ts';
import type { Logger } from '../../system/logger.ts';
import type { Slot } from '../slot-store.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { ZookeeperClient } from '../zookeeper/zookeeper-port.ts';
import { decodeSlot, workerIdOf } from './zookeeper-slot.ts';
import { TreeReplacedError, type ZookeeperTree } from './zookeeper-tree.ts';

/** Reads the slots' nodes, and knows their paths: a node keeps its name for ever, whoever holds the slot. */
export class SlotNodes {
  readonly #client: ZookeeperClient;
  readonly #tree: ZookeeperTree;
  readonly #logger: Logger;
  readonly #paths = new Map<number, string>();
  /** Slots whose unreadable record was told already. */
  readonly #reported = new Set<string>();

  constructor(client: ZookeeperClient, tree: ZookeeperTree, logger: Logger) {
    this.#client = client;
    this.#tree = tree;
    this.#logger = logger;
  }

  remember(workerId: number, path: string): void {
    this.#paths.set(workerId, path);
  }

  /** The tree is another one now. */
  forget(): void {
    this.#paths.clear();
  }

  /**
   * Every readable slot in the order of worker IDs, as of now; none when the whole tree is gone.
   * @throws TreeReplacedError; FrondError STORE_DAMAGED; ZookeeperError
   */
  async readAll(): Promise<readonly Slot[]> {
    try {
      await this.#look();
    } catch (error) {
      if (hasCode(error, 'NO_NODE')) return [];
      throw error;
    }
    const workerIds = [...this.#paths.keys()].sort((a, b) => a - b);
    const slots = await Promise.all(workerIds.map(workerId => this.#readNode(workerId)));
    return slots.filter(slot => slot !== undefined);
  }

  /**
   * As of now; undefined when it or the whole tree is gone, or when it is not readable.
   * @throws TreeReplacedError; ZookeeperError
   */
  async read(workerId: number): Promise<Slot | undefined> {
    try {
      if (!this.#paths.has(workerId)) await this.#look();
      // Sent together, carried out in this order: the read sees every write before the touch.
      const [, slot] = await Promise.all([this.#tree.touchClock(), this.#readNode(workerId)]);
      return slot;
    } catch (error) {
      // Of the slot's own node that is no error: the clock's is gone, and the tree with it.
      if (hasCode(error, 'NO_NODE')) return undefined;
      throw error;
    }
  }

  /** The path of a slot's node, for ever the same; undefined when there is none. @throws as `readAll` does */
  async pathOf(workerId: number): Promise<string | undefined> {
    if (!this.#paths.has(workerId)) await this.#look();
    return this.#paths.get(workerId);
  }

  /** The slot of a node that was created with `token` and never written since. @throws ZookeeperError */
  async newborn(token: string): Promise<Slot | undefined> {
    const slots = await this.readAll();
    return slots.find(each => each.data.token === token && each.version === 0);
  }

  /** The sequence number that the next creation will get, unless a rival is faster: creations so far. */
  async nextWorkerId(): Promise<number> {
    const [, { stat }] = await Promise.all([this.#tree.touchClock(), this.#client.getChildren(this.#tree.forever)]);
    // ZooKeeper shows creations + deletions, and children = creations - deletions.
    return (stat.cversion + stat.childCount) / 2;
  }

  async #look(): Promise<void> {
    const [, { names }] = await Promise.all([this.#tree.touchClock(), this.#client.getChildren(this.#tree.forever)]);
    const paths = new Map<number, string>();
    for (const name of names) {
      const workerId = workerIdOf(name);
      if (workerId === undefined) continue;
      const other = paths.get(workerId);
      if (other !== undefined) {
        const reason = `worker ID ${workerId} has two nodes: ${other} and ${this.#tree.slotPath(name)}`;
        throw new FrondError('STORE_DAMAGED', { store: this.#client.name, reason });
      }
      paths.set(workerId, this.#tree.slotPath(name));
    }
    for (const [workerId, path] of paths) {
      // A write of a held slot may be under way: what it goes by must not become the path of another tree's slot.
      if ((this.#paths.get(workerId) ?? path) !== path) throw new TreeReplacedError();
    }
    for (const [workerId, path] of paths) this.#paths.set(workerId, path);
  }

  async #readNode(workerId: number): Promise<Slot | undefined> {
    const path = this.#paths.get(workerId);
    if (path === undefined) return undefined;
    try {
      const { data, stat } = await this.#client.getData(path);
      return this.#decode(workerId, path, stat.version, data);
    } catch (error) {
      if (hasCode(error, 'NO_NODE')) return undefined;
      throw error;
    }
  }

  /** A record that cannot be read is never claimed: nobody can tell its bound. */
  #decode(workerId: number, path: string, version: number, bytes: Buffer): Slot | undefined {
    try {
      return decodeSlot(workerId, version, bytes);
    } catch (error) {
      if (!this.#reported.has(path)) {
        this.#logger.error({ path, reason: reasonOf(error) }, 'a worker slot is unreadable and is left alone');
        this.#reported.add(path);
      }
      return undefined;
    }
  }
}

import { FrondError, reasonOf } from '../../errors.ts';
import type { Logger } from '../../system/logger.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../slot-store.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { ZookeeperClient } from '../zookeeper/zookeeper-port.ts';
import { SignsOfLife } from './zookeeper-life.ts';
import { encodeSlot, slotPrefix, workerIdOf } from './zookeeper-slot.ts';
import { SlotNodes } from './zookeeper-slots.ts';
import { assertSameLayout, TreeReplacedError, ZookeeperTree } from './zookeeper-tree.ts';

export interface ZookeeperSlotStoreOptions {
  /** Belongs to the store: it connects and closes it. */
  readonly client: ZookeeperClient;
  /** The name of the tree, made by `initZookeeper`. */
  readonly tree: string;
  readonly logger: Logger;
}

/** How long `open` waits for a first connection; it may be called again. */
const CONNECT_WAIT_MS = 4000;

/**
 * Worker slots in ZooKeeper: one persistent sequential node for each worker ID, for ever, whose data names the holder.
 *
 * - Every change after the creation is a compare-and-set on the node's version. An ephemeral node `live/{workerId}`
 *   shows that the holder's session lives; it keeps others from a hasty claim, and proves nothing.
 * - Nothing here is retried. A change whose answer is lost rejects, and its caller reads back by token.
 * - After the session was lost, the next write of a held slot makes its `live` node again in the same step.
 * - Slots of a tree that was deleted and made anew are not ours, whatever their numbers and versions: their paths
 *   differ, and before the first change of each session, and after each creation and each list, the tree must still be
 *   the one that was opened. People list slots while we hold one: only `open` takes another tree for ours.
 */
export class ZookeeperSlotStore implements SlotStore {
  readonly name: string;
  readonly provesDeath = false;
  readonly #client: ZookeeperClient;
  readonly #tree: ZookeeperTree;
  readonly #slots: SlotNodes;
  readonly #life: SignsOfLife;
  /** Tokens of creations whose outcome is unknown. */
  readonly #doubtful = new Set<string>();
  #layout: SlotLayout | undefined;
  #treeId: string | undefined;
  /** The session in which the tree was last seen to be ours. */
  #checkedSession: bigint | undefined;
  #floorMs = 0;
  #closed = false;

  constructor({ client, tree, logger }: ZookeeperSlotStoreOptions) {
    this.name = client.name;
    this.#client = client;
    this.#tree = new ZookeeperTree(client, tree);
    this.#slots = new SlotNodes(client, this.#tree, logger);
    this.#life = new SignsOfLife(client, this.#tree);
  }

  get floorMs(): number {
    return this.#floorMs;
  }

  async open(layout: SlotLayout): Promise<void> {
    if (this.#closed) throw this.#unavailable('it was closed by this process');
    await this.#outcome(async () => {
      await this.#client.connect(CONNECT_WAIT_MS);
      await this.#adoptTree(layout);
      this.#layout = layout;
    });
  }

  list(): Promise<readonly Slot[]> {
    return this.#outcome(async () => {
      this.#requireOpen();
      const slots = await this.#slots.readAll();
      // Behind the look, so that what was seen is of this tree.
      const { treeId, floorMs } = await this.#tree.readLayout();
      if (treeId !== this.#treeId) throw new TreeReplacedError();
      this.#floorMs = Math.max(this.#floorMs, floorMs);
      return slots;
    });
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    return this.#outcome(async () => {
      this.#requireOpen();
      if (!(await this.#isSameTree())) throw new TreeReplacedError();
      const found = this.#doubtful.has(data.token) ? await this.#slots.newborn(data.token) : undefined;
      if (found === undefined && (await this.#slots.nextWorkerId()) > maxWorkerId) return undefined;
      const slot = found ?? (await this.#createNode(data));
      const { workerId } = slot;
      if (workerId > maxWorkerId) {
        // Rivals were faster. The number is lost, which costs nothing: it is out of range.
        await this.#removeNewborn(workerId);
        this.#doubtful.delete(data.token);
        return undefined;
      }
      // The creation was the claim; without a sign of life it is only less well protected until the next write.
      await this.#life.begin(workerId, data.token).catch(() => {});
      this.#doubtful.delete(data.token);
      return slot;
    });
  }

  take(slot: Slot, data: SlotData, holderIsDead = false): Promise<Slot | undefined> {
    return this.#change(async () => {
      const { workerId } = slot;
      const path = await this.#slots.pathOf(workerId);
      if (path === undefined) return undefined;
      const isSeen = await this.#life.isSeen(workerId);
      if (isSeen && !holderIsDead) return undefined;
      // A multi cannot compare with version 0: the same data is written over it first.
      const version = slot.version > 0 ? slot.version : await this.#lift(path, slot.data);
      const life = this.#life.creation(workerId, data.token);
      const former = isSeen ? [this.#life.removal(workerId)] : [];
      await this.#client.multi([{ op: 'setData', path, data: encodeSlot(data), version }, ...former, life.step]);
      life.done();
      return { workerId, version: version + 1, data };
    });
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#change(async () => {
      const { workerId, version } = slot;
      const path = await this.#slots.pathOf(workerId);
      if (path === undefined) return undefined;
      const bytes = encodeSlot(data);
      if (data.state === 'held' && version > 0 && !this.#life.isOurs(workerId)) {
        const life = this.#life.creation(workerId, data.token);
        try {
          await this.#client.multi([{ op: 'setData', path, data: bytes, version }, life.step]);
          life.done();
          return { workerId, version: version + 1, data };
        } catch (error) {
          // The node of our last session, until that has expired: nothing was written.
          if (!hasCode(error, 'NODE_EXISTS')) throw error;
          await this.#life.recognise(workerId);
        }
      }
      const stat = await this.#client.setData(path, bytes, version);
      return { workerId, version: stat.version, data };
    });
  }

  read(workerId: number): Promise<Slot | undefined> {
    return this.#outcome(async () => {
      this.#requireOpen();
      return (await this.#isSameTree()) ? this.#slots.read(workerId) : undefined;
    });
  }

  async letGo(workerId: number): Promise<void> {
    await this.#life.end(workerId).catch(() => {});
  }

  sampleTimeMs(): Promise<number | undefined> {
    return this.#outcome(async () => {
      this.#requireOpen();
      return (await this.#tree.touchClock()).mtimeMs;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close();
  }

  /** A compare-and-set: what the server refuses for another version or node is an answer. */
  #change(work: () => Promise<Slot | undefined>): Promise<Slot | undefined> {
    return this.#outcome(async () => {
      this.#requireOpen();
      if (!(await this.#isSameTree())) return undefined;
      return work().catch((error: unknown) => {
        if (hasCode(error, 'BAD_VERSION', 'NO_NODE', 'NODE_EXISTS')) return undefined;
        throw error;
      });
    });
  }

  /** A creation compares with nothing, so that it is seen only afterwards whether it was in our tree. */
  async #createNode(data: SlotData): Promise<Slot> {
    const name = slotPrefix(data.owner, this.#treeId ?? '');
    // Creating again after an unknown outcome would use up a second worker ID.
    this.#doubtful.add(data.token);
    const path = await this.#client
      .create(this.#tree.slotPath(name), encodeSlot(data), 'sequential')
      .catch((error: unknown) => {
        if (!hasCode(error, 'UNKNOWN')) this.#doubtful.delete(data.token);
        throw error;
      });
    const workerId = workerIdOf(path);
    if (workerId === undefined) throw new Error(`${path} has no sequence number`);
    this.#slots.remember(workerId, path);
    this.#checkedSession = undefined;
    if (await this.#isSameTree()) return { workerId, version: 0, data };
    await this.#removeNewborn(workerId);
    throw new TreeReplacedError();
  }

  async #removeNewborn(workerId: number): Promise<void> {
    const path = await this.#slots.pathOf(workerId);
    if (path !== undefined) await this.#client.remove(path, 0);
  }

  /** @returns the version after it. @throws ZookeeperError BAD_VERSION when somebody wrote meanwhile */
  async #lift(path: string, data: SlotData): Promise<number> {
    return (await this.#client.setData(path, encodeSlot(data), 0)).version;
  }

  /** Takes the tree as it is now for ours, if its layout is. */
  async #adoptTree(layout: SlotLayout): Promise<void> {
    const session = this.#client.sessionId;
    const stored = await this.#tree.readLayout();
    assertSameLayout(stored, layout);
    if (stored.treeId !== this.#treeId) this.#slots.forget();
    this.#treeId = stored.treeId;
    this.#floorMs = Math.max(this.#floorMs, stored.floorMs);
    this.#checkedSession = session;
  }

  async #isSameTree(): Promise<boolean> {
    const session = this.#client.sessionId;
    if (session !== undefined && session === this.#checkedSession) return true;
    const stored = await this.#tree.readLayout().catch((error: unknown) => {
      if (error instanceof FrondError && error.code === 'STORE_NOT_INITIALISED') return undefined;
      throw error;
    });
    if (stored === undefined || stored.treeId !== this.#treeId) return false;
    this.#checkedSession = session;
    return true;
  }

  #requireOpen(): SlotLayout {
    if (this.#layout !== undefined && !this.#closed) return this.#layout;
    throw this.#unavailable('it is not open');
  }

  #unavailable(reason: string, cause?: unknown): FrondError {
    return new FrondError('SLOT_STORE_UNAVAILABLE', { store: this.name, reason }, { cause });
  }

  /** @throws FrondError: SLOT_STORE_UNAVAILABLE for every other error */
  async #outcome<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TreeReplacedError) this.#checkedSession = undefined;
      throw error instanceof FrondError ? error : this.#unavailable(reasonOf(error), error);
    }
  }
}

import { z } from 'zod';
import { FrondError, reasonOf } from '../../errors.ts';
import type { SlotLayout } from '../slot-store.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { NodeStat, ZookeeperClient } from '../zookeeper/zookeeper-port.ts';

/** What the node `layout` holds; written once, when the tree is made. */
export interface TreeLayout extends SlotLayout {
  readonly treeId: string;
  /** No timestamp at or below it may be used by any worker; Unix ms. */
  readonly floorMs: number;
}

const schema: z.ZodType<TreeLayout> = z.object({
  treeId: z.string().min(1),
  epochMs: z.int().nonnegative(),
  timeBits: z.int().positive(),
  workerBits: z.int().positive(),
  sequenceBits: z.int().positive(),
  floorMs: z.int().nonnegative(),
});

const LAYOUT_FIELDS = ['epochMs', 'timeBits', 'workerBits', 'sequenceBits'] as const;
const NOTHING = Buffer.alloc(0);

/** What was opened is not there any more: `open` takes the new tree for ours, and nothing else does. */
export class TreeReplacedError extends Error {
  constructor() {
    super('the tree was made anew meanwhile');
  }
}

/** The nodes of one tree, in the shape of Leaf's: /snowflake/{name}. */
export class ZookeeperTree {
  readonly root: string;
  readonly layout: string;
  readonly clock: string;
  /** Parent of the slots and of nothing else: each child takes a sequence number. */
  readonly forever: string;
  readonly live: string;
  readonly #client: ZookeeperClient;

  constructor(client: ZookeeperClient, name: string) {
    this.#client = client;
    this.root = `/snowflake/${name}`;
    this.layout = `${this.root}/layout`;
    this.clock = `${this.root}/clock`;
    this.forever = `${this.root}/forever`;
    this.live = `${this.root}/live`;
  }

  slotPath(name: string): string {
    return `${this.forever}/${name}`;
  }

  livePath(workerId: number): string {
    return `${this.live}/${workerId}`;
  }

  /**
   * A write that changes nothing: its stat tells the ensemble's time, and reads sent behind it see everything that was
   * written before it (a read alone may be answered from a server that lags behind).
   */
  touchClock(): Promise<NodeStat> {
    return this.#client.setData(this.clock, NOTHING, -1);
  }

  /** @throws FrondError STORE_NOT_INITIALISED, STORE_DAMAGED; ZookeeperError */
  async readLayout(): Promise<TreeLayout> {
    // Both are sent at once and carried out in this order.
    const [, read] = await Promise.all([this.touchClock(), this.#client.getData(this.layout)]).catch(
      (error: unknown) => {
        if (!hasCode(error, 'NO_NODE')) throw error;
        const reason = `${this.root} is not there or not complete; create it once with "frond init --worker-slots <its address>"`;
        throw new FrondError('STORE_NOT_INITIALISED', { store: this.#client.name, reason });
      },
    );
    return parseLayout(read.data, this.#client.name, this.layout);
  }
}

export function parseLayout(bytes: Buffer, store: string, path: string): TreeLayout {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    const reason = `${path} cannot be read: ${reasonOf(error)}`;
    throw new FrondError('STORE_DAMAGED', { store, reason }, { cause: error });
  }
}

/** @throws FrondError LAYOUT_MISMATCH */
export function assertSameLayout(stored: SlotLayout, configured: SlotLayout): void {
  for (const field of LAYOUT_FIELDS) {
    if (stored[field] !== configured[field]) {
      throw new FrondError('LAYOUT_MISMATCH', { field, configured: configured[field], stored: stored[field] });
    }
  }
}

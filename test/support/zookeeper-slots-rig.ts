import { beforeEach } from 'vitest';
import type { Slot, SlotData, SlotLayout } from '../../src/stores/slot-store.ts';
import { ZookeeperSlotStore } from '../../src/stores/slots/zookeeper.ts';
import type { ZookeeperSession } from '../../src/stores/zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../../src/stores/zookeeper/zookeeper-url.ts';
import type { Logger } from '../../src/system/logger.ts';
import { realSystem } from '../../src/system/system.ts';
import { waitUntil } from './wait-until.ts';
import { createTree, type TestSessionOptions } from './zookeeper.ts';
import { ZookeeperRig } from './zookeeper-rig.ts';

export const LAYOUT: SlotLayout = { epochMs: 1288834974657, timeBits: 41, workerBits: 10, sequenceBits: 12 };
export const MAX_WORKER_ID = 1023;
export const T0_MS = 1_790_000_000_000;

export function dataOf(token: string, change: Partial<SlotData> = {}): SlotData {
  const owner = { host: '10.0.0.7', port: 8080, pid: 42 };
  const times = { hwmMs: T0_MS, boundMs: T0_MS + 3_000 };
  return { token, incarnation: 1, renewal: 0, ...times, state: 'held', owner, ...change };
}

export async function created(store: ZookeeperSlotStore, token: string): Promise<Slot> {
  const slot = await store.create(dataOf(token), MAX_WORKER_ID);
  if (slot === undefined) throw new Error('no slot was created');
  return slot;
}

export function untilAnswers(store: ZookeeperSlotStore): Promise<number> {
  return waitUntil('the store to answer', () => store.sampleTimeMs());
}

export interface SlotsRigOptions extends TestSessionOptions {
  /** Of the store; its session stays silent. */
  readonly logger?: Logger;
}

/** A server to torment, with a new tree for each test. */
export class ZookeeperSlotsRig extends ZookeeperRig {
  /** The tree by the server's own address, and through the proxy. */
  direct!: string;
  viaProxy!: string;
  readonly #clients = new WeakMap<ZookeeperSlotStore, ZookeeperSession>();

  constructor() {
    super();
    beforeEach(async () => {
      this.direct = await createTree(this.server.url, LAYOUT);
      this.viaProxy = `${this.proxyUrl}/${parseZookeeperUrl(this.direct).tree}`;
    });
  }

  /** The path of a node of the tree. */
  node(name: string): string {
    return `/snowflake/${parseZookeeperUrl(this.direct).tree}/${name}`;
  }

  /** A store that is not open yet. */
  newStore(url: string, options: SlotsRigOptions = {}): ZookeeperSlotStore {
    const client = this.session(options, url);
    const { logger = realSystem.logger } = options;
    const store = this.adopt(new ZookeeperSlotStore({ client, tree: parseZookeeperUrl(url).tree, logger }));
    this.#clients.set(store, client);
    return store;
  }

  async opened(url: string, options: SlotsRigOptions = {}): Promise<ZookeeperSlotStore> {
    const store = this.newStore(url, options);
    await store.open(LAYOUT);
    return store;
  }

  sessionIdOf(store: ZookeeperSlotStore): bigint | undefined {
    return this.#clients.get(store)!.sessionId;
  }

  /** Runs `call` so that the answer to its request named `request` is lost; resolves with what it rejected with. */
  async withoutAnswerTo(
    request: 'create' | 'multi',
    store: ZookeeperSlotStore,
    call: () => Promise<unknown>,
  ): Promise<unknown> {
    const client = this.#clients.get(store)!;
    const send = client[request].bind(client) as (...args: unknown[]) => Promise<never>;
    client[request] = (...args: unknown[]) => {
      client[request] = send;
      void this.proxy.loseNextReply();
      return send(...args);
    };
    return call().then(
      () => new Error('the call succeeded'),
      (error: unknown) => error,
    );
  }
}

import { SnowflakeAllocator, type SnowflakeOptions } from '../../src/allocators/snowflake/snowflake-allocator.ts';
import type { SlotStore } from '../../src/stores/slot-store.ts';
import { realSystem } from '../../src/system/system.ts';
import { IdLedger } from './id-ledger.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { waitUntil } from './wait-until.ts';

/** A pool of worker IDs in a real server. */
export interface Pool {
  readonly server: { readonly host: string; readonly port: number };
  /** A store that is not open yet, on a connection of its own to this address. */
  connect(address: { readonly host: string; readonly port: number }): SlotStore;
  readonly options: SnowflakeOptions;
}

/** An instance in this process that can die without a word: the plug to its server is its own. */
export class ShortLife {
  readonly allocator: SnowflakeAllocator;
  readonly ledger = new IdLedger();
  /** What it said when it had no worker ID. */
  readonly refusals = new Set<string>();
  readonly #plug: TcpProxy;

  private constructor(plug: TcpProxy, allocator: SnowflakeAllocator) {
    this.#plug = plug;
    this.allocator = allocator;
  }

  /** Not started yet. */
  static async create({ server, connect, options }: Pool): Promise<ShortLife> {
    const plug = new TcpProxy(server);
    await plug.start();
    const store = connect(plug);
    return new ShortLife(plug, new SnowflakeAllocator({ store, system: realSystem, options }));
  }

  /** Resolves when it gives IDs, however long it has to wait for a worker ID. */
  async start(): Promise<void> {
    await this.allocator.start();
    await waitUntil(
      'a worker ID',
      () => {
        const { state, failure, reason } = this.allocator.status();
        if (failure !== null) this.refusals.add(`${failure}: ${reason}`);
        return state === 'ready';
      },
      60_000,
    );
  }

  async take(countIds: number): Promise<void> {
    for (let i = 0; i < countIds; i++) this.ledger.add(await this.allocator.source().next());
  }

  /** Gives its worker ID back. */
  async stop(): Promise<void> {
    await this.allocator.stop();
    await this.#plug.stop();
  }

  /** Ends without a word to the server, whatever was under way. */
  async crash(): Promise<void> {
    await this.#plug.stop();
    await this.allocator.stop();
  }
}

import { z } from 'zod';
import { FrondError, reasonOf } from '../../errors.ts';
import type { Ceiling, CeilingRegister } from '../ceiling-register.ts';
import { ID_MAX } from '../range-store.ts';
import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { ZookeeperClient } from '../zookeeper/zookeeper-port.ts';

/** How long `open` waits for a first connection. */
const CONNECT_WAIT_MS = 4000;

/** Decimal text: a JSON number loses units above 2^53. */
const schema = z.object({
  ceiling: z
    .string()
    .regex(/^(0|[1-9]\d{0,18})$/)
    .transform(BigInt)
    .refine(value => value <= ID_MAX),
});

/** The parent of the ceilings in a tree, beside its worker slots if it has any. */
export function ceilingsRoot(tree: string): string {
  return `/snowflake/${tree}/segments`;
}

/**
 * Ceilings in ZooKeeper: one persistent node for each tag, `segments/{tag}`, never removed.
 *
 * A change is a plain setData with the version that was read, 0 for a new node: in a multi the driver would take 0 for
 * "any". Reads may come from a server that lags; the version shows it, and a refused change brings that server up to date.
 */
export class ZookeeperCeilings implements CeilingRegister {
  readonly name: string;
  readonly #client: ZookeeperClient;
  readonly #root: string;

  /** @param client belongs to the register: it connects and closes it */
  constructor(client: ZookeeperClient, tree: string) {
    this.name = client.name;
    this.#client = client;
    this.#root = ceilingsRoot(tree);
  }

  async open(): Promise<void> {
    await this.#outcome(async () => {
      await this.#client.connect(CONNECT_WAIT_MS);
      await this.#requireRoot();
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  read(tag: string): Promise<Ceiling | undefined> {
    return this.#outcome(async () => {
      const path = this.#pathOf(tag);
      try {
        const { data, stat } = await this.#client.getData(path);
        return { value: this.#parse(data, path), version: stat.version };
      } catch (error) {
        if (!hasCode(error, 'NO_NODE')) throw error;
        await this.#requireRoot();
        return undefined;
      }
    });
  }

  create(tag: string, value: bigint): Promise<boolean> {
    return this.#outcome(async () => {
      try {
        await this.#client.create(this.#pathOf(tag), encode(value), 'persistent');
        return true;
      } catch (error) {
        if (hasCode(error, 'NODE_EXISTS')) return false;
        if (hasCode(error, 'NO_NODE')) throw this.#notInitialised();
        throw error;
      }
    });
  }

  write(tag: string, value: bigint, version: number): Promise<boolean> {
    return this.#outcome(async () => {
      // -1 would mean "any version".
      if (!(version >= 0)) throw new FrondError('INTERNAL', { reason: `a ceiling cannot have version ${version}` });
      try {
        await this.#client.setData(this.#pathOf(tag), encode(value), version);
        return true;
      } catch (error) {
        if (hasCode(error, 'BAD_VERSION', 'NO_NODE')) return false;
        throw error;
      }
    });
  }

  #pathOf(tag: string): string {
    return `${this.#root}/${encodeURIComponent(tag)}`;
  }

  #parse(bytes: Buffer, path: string): bigint {
    try {
      return schema.parse(JSON.parse(bytes.toString('utf8'))).ceiling;
    } catch (error) {
      const reason = `${path} cannot be read: ${reasonOf(error)}`;
      throw new FrondError('STORE_DAMAGED', { store: this.name, reason }, { cause: error });
    }
  }

  async #requireRoot(): Promise<void> {
    if ((await this.#client.exists(this.#root)) === undefined) throw this.#notInitialised();
  }

  #notInitialised(): FrondError {
    const reason = `${this.#root} is not there; create it once with "frond init --segment-ceiling <its address>"`;
    return new FrondError('STORE_NOT_INITIALISED', { store: this.name, reason });
  }

  async #outcome<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof FrondError) throw error;
      throw new FrondError('CEILING_UNAVAILABLE', { store: this.name, reason: reasonOf(error) }, { cause: error });
    }
  }
}

function encode(value: bigint): Buffer {
  return Buffer.from(JSON.stringify({ ceiling: String(value) }));
}

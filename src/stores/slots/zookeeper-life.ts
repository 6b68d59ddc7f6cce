import { hasCode } from '../zookeeper/zookeeper-error.ts';
import type { MultiStep, ZookeeperClient } from '../zookeeper/zookeeper-port.ts';
import type { ZookeeperTree } from './zookeeper-tree.ts';

/** The ephemeral nodes `live/{workerId}`: hints that a holder's session lives. */
export class SignsOfLife {
  readonly #client: ZookeeperClient;
  readonly #tree: ZookeeperTree;
  /** Worker ID to the session in which we made its node. */
  readonly #sessions = new Map<number, bigint>();

  constructor(client: ZookeeperClient, tree: ZookeeperTree) {
    this.#client = client;
    this.#tree = tree;
  }

  /** True while our present session has made the node. */
  isOurs(workerId: number): boolean {
    const session = this.#client.sessionId;
    return session !== undefined && this.#sessions.get(workerId) === session;
  }

  /** True when somebody's node is there, be it ours. */
  async isSeen(workerId: number): Promise<boolean> {
    return (await this.#client.exists(this.#tree.livePath(workerId))) !== undefined;
  }

  /** Makes the node. @throws ZookeeperError NODE_EXISTS and others */
  async begin(workerId: number, token: string): Promise<void> {
    const { step, done } = this.creation(workerId, token);
    await this.#client.create(step.path, step.data, 'ephemeral');
    done();
  }

  /** The step of a multi that makes the node; `done` is to be called when it was carried out. */
  creation(workerId: number, token: string) {
    const session = this.#client.sessionId;
    const step = {
      op: 'create',
      path: this.#tree.livePath(workerId),
      data: Buffer.from(JSON.stringify({ token })),
      kind: 'ephemeral',
    } as const satisfies MultiStep;
    const done = () => {
      if (session !== undefined) this.#sessions.set(workerId, session);
    };
    return { step, done };
  }

  /** The step of a multi that removes somebody's node. */
  removal(workerId: number): MultiStep {
    return { op: 'remove', path: this.#tree.livePath(workerId) };
  }

  /** Looks whether a node that is there belongs to our present session: its creation may have been answered by nobody. */
  async recognise(workerId: number): Promise<void> {
    const session = this.#client.sessionId;
    const stat = await this.#client.exists(this.#tree.livePath(workerId));
    if (session !== undefined && stat?.ephemeralOwner === session) this.#sessions.set(workerId, session);
  }

  /** Removes the node if our present session made it. @throws ZookeeperError */
  async end(workerId: number): Promise<void> {
    this.#sessions.delete(workerId);
    const session = this.#client.sessionId;
    const path = this.#tree.livePath(workerId);
    const stat = await this.#client.exists(path);
    // Somebody else's can only take its place after our session has ended, and then the removal is refused.
    if (session === undefined || stat?.ephemeralOwner !== session) return;
    await this.#client.remove(path, 0).catch((error: unknown) => {
      if (!hasCode(error, 'NO_NODE')) throw error;
    });
  }
}

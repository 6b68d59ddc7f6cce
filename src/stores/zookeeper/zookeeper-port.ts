/**
 * The port of a ZooKeeper ensemble as the slot store uses it. Types and contracts only.
 *
 * Every call either resolves, or rejects with a `ZookeeperError` (see `zookeeper-error.ts`): with a definite code when
 * the server refused it, `NOT_SENT` when it never left this process, and `UNKNOWN` when it may or may not have been
 * done. Calls of one client are carried out in the order in which they were made, as long as its session lives.
 */

export interface NodeStat {
  /** Writes of the node's data so far: 0 for a new node. */
  readonly version: number;
  /** Creations and deletions of children so far. */
  readonly cversion: number;
  readonly childCount: number;
  /** The leader's wall clock at the last write; Unix ms. */
  readonly mtimeMs: number;
  /** The session that an ephemeral node dies with; 0n for a persistent node. */
  readonly ephemeralOwner: bigint;
}

export interface NodeData {
  readonly data: Buffer;
  readonly stat: NodeStat;
}

/** What becomes of a node: a sequential one gets ten digits, the count of creations in its parent, behind its name. */
export type NodeKind = 'persistent' | 'sequential' | 'ephemeral';

/** One step of an atomic change. Versions are 1 or more: the driver takes 0 for "any". */
export type MultiStep =
  | { readonly op: 'create'; readonly path: string; readonly data: Buffer; readonly kind: NodeKind }
  | { readonly op: 'setData'; readonly path: string; readonly data: Buffer; readonly version: number }
  /** Whatever its version is. */
  | { readonly op: 'remove'; readonly path: string };

export interface ZookeeperClient {
  /** Where the servers are, for logs and errors: no secrets. */
  readonly name: string;
  /** The present session; undefined while it is not connected. Another number: another session. */
  readonly sessionId: bigint | undefined;
  /** Begins to connect, and goes on by itself until `close`. Resolves when connected. Idempotent. @throws ZookeeperError NOT_SENT */
  connect(timeoutMs: number): Promise<void>;
  /** @returns the path of the new node. @throws ZookeeperError NODE_EXISTS, NO_NODE (no parent) */
  create(path: string, data: Buffer, kind: NodeKind): Promise<string>;
  /** @throws ZookeeperError NO_NODE */
  getData(path: string): Promise<NodeData>;
  /** @param version what the node must have now, 0 or more; -1 for any. @throws ZookeeperError NO_NODE, BAD_VERSION */
  setData(path: string, data: Buffer, version: number): Promise<NodeStat>;
  /** @param version as for `setData`. @throws ZookeeperError NO_NODE, BAD_VERSION */
  remove(path: string, version: number): Promise<void>;
  exists(path: string): Promise<NodeStat | undefined>;
  /** The names of the children without their parent's path, in no order, and the parent's stat. @throws ZookeeperError NO_NODE */
  getChildren(path: string): Promise<{ readonly names: readonly string[]; readonly stat: NodeStat }>;
  /** All steps or none. @throws ZookeeperError with the code of the step that failed */
  multi(steps: readonly MultiStep[]): Promise<void>;
  /** Ends the session, so that its ephemeral nodes go at once where a server can be told. Idempotent; never throws. */
  close(): Promise<void>;
}

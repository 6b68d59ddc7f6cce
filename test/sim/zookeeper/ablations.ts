import { hasCode, ZookeeperError } from '../../../src/stores/zookeeper/zookeeper-error.ts';
import type {
  MultiStep,
  NodeData,
  NodeKind,
  NodeStat,
  ZookeeperClient,
} from '../../../src/stores/zookeeper/zookeeper-port.ts';
import type { Ablation } from '../ablations.ts';
import type { Prng } from '../prng.ts';

/** Rules of the ZooKeeper adapter that can be switched off, by lying to it or for it at its client's port. */
export type ZookeeperAblationName =
  | 'ZooKeeper: version 0 in a multi stands for any'
  | 'ZooKeeper: writes without a version'
  | 'ZooKeeper: unknown taken for done'
  | 'ZooKeeper: unknown taken for refused'
  | 'ZooKeeper: reads without a barrier'
  | 'ZooKeeper: creation repeated';

/** A client that passes everything on. */
class PassingClient implements ZookeeperClient {
  protected readonly inner: ZookeeperClient;

  constructor(inner: ZookeeperClient) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  get sessionId(): bigint | undefined {
    return this.inner.sessionId;
  }

  connect(timeoutMs: number): Promise<void> {
    return this.inner.connect(timeoutMs);
  }

  create(path: string, data: Buffer, kind: NodeKind): Promise<string> {
    return this.inner.create(path, data, kind);
  }

  getData(path: string): Promise<NodeData> {
    return this.inner.getData(path);
  }

  setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    return this.inner.setData(path, data, version);
  }

  remove(path: string, version: number): Promise<void> {
    return this.inner.remove(path, version);
  }

  exists(path: string): Promise<NodeStat | undefined> {
    return this.inner.exists(path);
  }

  getChildren(path: string): Promise<{ readonly names: readonly string[]; readonly stat: NodeStat }> {
    return this.inner.getChildren(path);
  }

  multi(steps: readonly MultiStep[]): Promise<void> {
    return this.inner.multi(steps);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** The steps with the versions that the nodes have now, where `replaces` says so. */
  protected withPresentVersions(
    steps: readonly MultiStep[],
    replaces: (version: number) => boolean,
  ): Promise<readonly MultiStep[]> {
    return Promise.all(
      steps.map(async step => {
        if (step.op !== 'setData' || !replaces(step.version)) return step;
        const { data, stat } = await this.inner.getData(step.path);
        // The session takes no 0.
        const { version } = stat.version > 0 ? stat : await this.inner.setData(step.path, data, 0);
        return { ...step, version };
      }),
    );
  }
}

/** Never touches the clock node, and so reads whatever its server has heard of; that may be what it read before. */
class HastyClient extends PassingClient {
  readonly #prng: Prng;
  readonly #timeMs: () => number;
  readonly #known = new Map<string, NodeData>();

  constructor(inner: ZookeeperClient, prng: Prng, timeMs: () => number) {
    super(inner);
    this.#prng = prng;
    this.#timeMs = timeMs;
  }

  override async getData(path: string): Promise<NodeData> {
    const known = this.#known.get(path);
    if (known !== undefined && this.#prng.chance(0.3)) return known;
    const read = await this.inner.getData(path);
    this.#known.set(path, read);
    return read;
  }

  override async setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    // A session sees its own writes.
    this.#known.delete(path);
    if (!path.endsWith('/clock')) return this.inner.setData(path, data, version);
    // Gone with its tree, all the same.
    const { stat } = await this.inner.getData(path);
    return { ...stat, mtimeMs: this.#timeMs() };
  }

  override multi(steps: readonly MultiStep[]): Promise<void> {
    for (const { path } of steps) this.#known.delete(path);
    return this.inner.multi(steps);
  }
}

/** Leaves out the write that lifts a slot from version 0, and sends the 0 as the driver would: for "any". */
class LiftlessClient extends PassingClient {
  readonly #own = new Set<string>();
  readonly #newborn = new Map<string, NodeData>();

  /** A list may be old: slots of others are shown as they were created. */
  override async getData(path: string): Promise<NodeData> {
    const read = await this.inner.getData(path);
    const token = tokenOf(read.data);
    if (token === undefined || this.#own.has(token)) return read;
    if (read.stat.version === 0) this.#newborn.set(path, read);
    return this.#newborn.get(path) ?? read;
  }

  override create(path: string, data: Buffer, kind: NodeKind): Promise<string> {
    this.#own.add(tokenOf(data) ?? '');
    return super.create(path, data, kind);
  }

  override async setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    // Over version 0 a holder writes its first renewal, and a rival the record of the creation.
    const isLift = version === 0 && !this.#own.has(tokenOf(data) ?? '');
    return isLift ? SOME_STAT : this.inner.setData(path, data, version);
  }

  override async multi(steps: readonly MultiStep[]): Promise<void> {
    for (const step of steps) if (step.op !== 'remove') this.#own.add(tokenOf(step.data) ?? '');
    return this.inner.multi(await this.withPresentVersions(steps, version => version === 0));
  }
}

const SOME_STAT: NodeStat = { version: 0, cversion: 0, childCount: 0, mtimeMs: 0, ephemeralOwner: 0n };

function tokenOf(data: Buffer): string | undefined {
  return data.length === 0 ? undefined : (JSON.parse(data.toString()) as { token?: string }).token;
}

/** Writes over whatever is there. */
class BlindClient extends PassingClient {
  override setData(path: string, data: Buffer): Promise<NodeStat> {
    return this.inner.setData(path, data, -1);
  }

  override async multi(steps: readonly MultiStep[]): Promise<void> {
    return this.inner.multi(await this.withPresentVersions(steps, () => true));
  }
}

/** Says of what is unknown that it was done. */
class HopefulClient extends PassingClient {
  override setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    return this.inner.setData(path, data, version).catch((error: unknown) => {
      if (!hasCode(error, 'UNKNOWN') || version < 0) throw error;
      return { ...SOME_STAT, version: version + 1 };
    });
  }

  override multi(steps: readonly MultiStep[]): Promise<void> {
    return this.inner.multi(steps).catch((error: unknown) => {
      if (!hasCode(error, 'UNKNOWN')) throw error;
    });
  }
}

/** Says of what is unknown that it was refused. */
class GloomyClient extends PassingClient {
  override setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    return this.inner.setData(path, data, version).catch(refusing);
  }

  override multi(steps: readonly MultiStep[]): Promise<void> {
    return this.inner.multi(steps).catch(refusing);
  }
}

function refusing(error: unknown): never {
  throw hasCode(error, 'UNKNOWN') ? new ZookeeperError('BAD_VERSION', 'refused') : error;
}

/** Creates again what it has no answer for, as the driver does when it may retry. */
class RetryingClient extends PassingClient {
  override create(path: string, data: Buffer, kind: NodeKind): Promise<string> {
    return this.inner.create(path, data, kind).catch((error: unknown) => {
      if (!hasCode(error, 'UNKNOWN')) throw error;
      return this.inner.connect(1000).then(() => this.inner.create(path, data, kind));
    });
  }
}

/** Each breaks a promise; the simulator has to find it. */
export const ZOOKEEPER_ABLATIONS: Readonly<Record<ZookeeperAblationName, Ablation>> = {
  'ZooKeeper: version 0 in a multi stands for any': {
    zookeeper: true,
    places: 'none',
    faults: ['sessionLoss', 'cut', 'kill', 'serverHangs'],
    pace: 6,
    wrapClient: inner => new LiftlessClient(inner),
  },
  'ZooKeeper: writes without a version': {
    zookeeper: true,
    places: 'none',
    faults: ['pause', 'cut', 'kill', 'wallStep'],
    wrapClient: inner => new BlindClient(inner),
  },
  'ZooKeeper: unknown taken for done': {
    zookeeper: true,
    places: 'none',
    faults: ['cut', 'calls', 'kill', 'wallStep'],
    wrapClient: inner => new HopefulClient(inner),
  },
  'ZooKeeper: unknown taken for refused': {
    zookeeper: true,
    places: 'none',
    keepsIdsUnique: true,
    faults: ['cut', 'calls', 'kill', 'wallStep'],
    wrapClient: inner => new GloomyClient(inner),
  },
  'ZooKeeper: reads without a barrier': {
    zookeeper: true,
    places: 'none',
    keepsIdsUnique: true,
    faults: ['staleLists', 'cut', 'serverHangs', 'leaderChange', 'calls', 'kill', 'treeLoss'],
    pace: 3,
    wrapClient: (inner, prng, timeMs) => new HastyClient(inner, prng, timeMs),
  },
  'ZooKeeper: creation repeated': {
    zookeeper: true,
    places: 'none',
    keepsIdsUnique: true,
    faults: ['calls', 'kill', 'treeLoss'],
    pace: 3,
    wrapClient: inner => new RetryingClient(inner),
  },
};

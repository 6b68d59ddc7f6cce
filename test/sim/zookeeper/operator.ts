import { ZookeeperError, zookeeperErrorOf } from '../../../src/stores/zookeeper/zookeeper-error.ts';
import type {
  MultiStep,
  NodeData,
  NodeKind,
  NodeStat,
  ZookeeperClient,
} from '../../../src/stores/zookeeper/zookeeper-port.ts';
import type { Leader } from './leader.ts';
import { CODE, type StepResult, type WriteStep, type Znode } from './znodes.ts';

/** Somebody with a console beside the leader, to whom nothing happens: makes trees. */
export class Operator implements ZookeeperClient {
  readonly name = 'simulated:';
  readonly sessionId = 0n;
  readonly #leader: Leader;

  constructor(leader: Leader) {
    this.#leader = leader;
  }

  async connect(): Promise<void> {}

  async create(path: string, data: Buffer, kind: NodeKind): Promise<string> {
    return this.#commit({ op: 'create', path, data, mode: kind }).path!;
  }

  async getData(path: string): Promise<NodeData> {
    const node = this.#node(path);
    return { data: node.data, stat: statOf(node) };
  }

  async setData(path: string, data: Buffer, version: number): Promise<NodeStat> {
    return statOf(this.#commit({ op: 'setData', path, data, version }).node!);
  }

  async remove(path: string, version: number): Promise<void> {
    this.#commit({ op: 'remove', path, version });
  }

  async exists(path: string): Promise<NodeStat | undefined> {
    const node = this.#leader.nodes.get(path);
    return node && statOf(node);
  }

  async getChildren(path: string): Promise<{ names: readonly string[]; stat: NodeStat }> {
    const node = this.#node(path);
    return { names: node.children, stat: statOf(node) };
  }

  async multi(_steps: readonly MultiStep[]): Promise<void> {
    throw new ZookeeperError('NOT_SENT', 'not done by hand');
  }

  async close(): Promise<void> {}

  #node(path: string): Znode {
    const node = this.#leader.nodes.get(path);
    if (node === undefined) throw zookeeperErrorOf({ code: CODE.noNode });
    return node;
  }

  #commit(step: WriteStep): StepResult {
    const [result] = this.#leader.commit('operator', [step]);
    if (result!.code !== CODE.ok) throw zookeeperErrorOf(result);
    return result!;
  }
}

function statOf({ version, creations, children, mtimeMs, ephemeralOwner }: Znode): NodeStat {
  const childCount = children.length;
  return { version, cversion: 2 * creations - childCount, childCount, mtimeMs, ephemeralOwner };
}

import { createFrond, type Frond } from '../../src/index.ts';
import { initCeilings } from '../../src/stores/ranges/init-ceilings.ts';
import { realSystem } from '../../src/system/system.ts';
import type { MysqlDatabase } from './mysql.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import { type LogLine, VirtualSystem } from './virtual-system.ts';
import { newTreeName } from './zookeeper.ts';

/** An embedded Frond on the tag `order`, and all IDs that it gave, in their order. */
export interface Member {
  readonly frond: Frond;
  readonly logs: readonly LogLine[];
  readonly ids: bigint[];
  take(count: number): Promise<void>;
}

/**
 * Members with and without a ceiling on tag `order` (step 10). The two kinds have databases of their own, so that each
 * shows what happens to it alone.
 */
export class FailoverRig {
  readonly #members: { readonly kind: string; readonly member: Member }[] = [];
  readonly #ceiling: string;

  private constructor(ceiling: string) {
    this.#ceiling = ceiling;
  }

  static async open(zookeeperUrl: string): Promise<FailoverRig> {
    const ceiling = `${zookeeperUrl}/${newTreeName()}`;
    await initCeilings(ceiling, realSystem);
    return new FailoverRig(ceiling);
  }

  /** @param via a proxy to reach the database through */
  async join(kind: 'bare' | 'guarded', database: MysqlDatabase, via?: TcpProxy): Promise<Member> {
    const url = new URL(database.url);
    if (via) url.port = String(via.port);
    const { logger, logs } = new VirtualSystem();
    const frond = await createFrond({
      segmentStore: url.href,
      segmentCeiling: kind === 'bare' ? 'off' : this.#ceiling,
      workerSlots: 'off',
      dataDir: 'none',
      stepMaxIds: 10,
      tagRefreshMs: 100,
      waitDeadlineMs: 5000,
      logger,
    });
    const ids: bigint[] = [];
    const source = frond.segment('order');
    const take = async (count: number) => {
      for (let i = 0; i < count; i++) ids.push(await source.next());
    };
    const member = { frond, logs, ids, take };
    this.#members.push({ kind, member });
    return member;
  }

  /** How many of the IDs that members of a kind gave were given before. */
  repeats(kind: 'bare' | 'guarded'): number {
    const ids = this.#members.flatMap(each => (each.kind === kind ? each.member.ids : []));
    return ids.length - new Set(ids).size;
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ member }) => member.frond.close()));
  }
}

/** The errors that a member logged, without repetitions. */
export function alarmsOf(member: Member): string[] {
  return [...new Set(member.logs.filter(line => line.level === 'error').map(line => line.message))];
}

export function segmentOf(member: Member) {
  return member.frond.allocators.segment!;
}

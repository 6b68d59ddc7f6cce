import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { DEFAULT_LAYOUT } from '../../src/allocators/snowflake/id-layout.ts';
import type { KeeperStats } from '../../src/allocators/snowflake/keeper-stats.ts';
import { decodeSlot } from '../../src/stores/slots/zookeeper-slot.ts';
import type { NodeStat } from '../../src/stores/zookeeper/zookeeper-port.ts';
import type { ZookeeperSession } from '../../src/stores/zookeeper/zookeeper-session.ts';
import { parseZookeeperUrl } from '../../src/stores/zookeeper/zookeeper-url.ts';
import { CheckingClient } from './checking-client.ts';
import { duplicatesIn } from './id-ledger.ts';
import { overlapsIn } from './id-windows.ts';
import { Member } from './member.ts';
import { SERVER_SETUP_MS } from './mysql.ts';
import type { ZookeeperServer } from './servers/local-server.ts';
import type { Answer } from './service.ts';
import { waitUntil } from './wait-until.ts';
import { createTree, newSession, startOwnZookeeper } from './zookeeper.ts';

/** What `/status` tells of snowflakes, as far as the tests of faults look at it. */
export interface SnowflakeView {
  readonly keeper: string;
  readonly failure: string | null;
  readonly workerId: number | null;
  readonly incarnation: number | null;
  readonly fences: number;
  readonly floorMs: number | null;
  readonly limitLeftMs: number | null;
  readonly boundLeftMs: number | null;
  readonly jumpsHeld: number;
  readonly jumpsConfirmed: number;
  readonly absorbedRollbackMs: number;
  readonly renewals: { readonly acknowledged: number; readonly unknown: number };
  readonly claims: KeeperStats['claims'];
  readonly proofs: KeeperStats['proofs'];
  readonly records: KeeperStats['records'];
}

export interface TreeOptions {
  readonly workerBits?: number;
  readonly floorMs?: number;
}

/** Several processes start one after another in each test, and a busy test machine takes its time for each. */
const LIMIT_MS = 120_000;
/** Short, so that the session of a killed or frozen process soon ends, whatever it asked for. */
const MAX_SESSION_MS = 2000;

/**
 * A ZooKeeper to torment for one test file, and for each test a tree, service processes, and clients that ask them for
 * IDs all the time. After each test no ID may have been given twice, those of each process must have risen, and no
 * process may have ended by itself.
 */
export class FaultRig {
  server!: ZookeeperServer;
  readonly #members: Member[] = [];
  readonly #clients: CheckingClient[] = [];
  #witness!: ZookeeperSession;
  #tree = '';
  #workerBits = 0;

  /** Registers the hooks of Vitest; call it at the top of the file. */
  constructor() {
    vi.setConfig({ testTimeout: LIMIT_MS });
    beforeAll(async () => {
      this.server = await startOwnZookeeper({ maxSessionMs: MAX_SESSION_MS });
    }, SERVER_SETUP_MS);
    afterAll(() => this.server?.stop());
    beforeEach(async () => {
      this.#witness = newSession(this.server.url, { timeoutMs: 5000 });
      await this.#witness.connect(20_000);
      await this.plant({});
    });
    afterEach(() => this.#tidy());
  }

  /** A session past the proxies, to look with. */
  get witness(): ZookeeperSession {
    return this.#witness;
  }

  get clients(): readonly CheckingClient[] {
    return this.#clients;
  }

  /** Has the members to come use another tree. */
  async plant({ workerBits = DEFAULT_LAYOUT.workerBits, floorMs = 0 }: TreeOptions): Promise<void> {
    this.#workerBits = workerBits;
    this.#tree = parseZookeeperUrl(await createTree(this.server.url, { ...DEFAULT_LAYOUT, workerBits }, floorMs)).tree;
  }

  /** The path of a node of the tree. */
  node(name: string): string {
    return `/snowflake/${this.#tree}/${name}`;
  }

  /** The address of the tree past the proxies. */
  get treeUrl(): string {
    return `${this.server.url}/${this.#tree}`;
  }

  /** A process that is not started yet, with clients that ask it from its start on. */
  async member(env: Record<string, string> = {}): Promise<Member> {
    const bits = { FROND_WORKER_BITS: String(this.#workerBits), FROND_ALLOWANCE_MS: '1000' };
    const name = `process ${this.#members.length}`;
    const member = await Member.create(name, this.server, this.#tree, { ...bits, ...env });
    this.#members.push(member);
    for (const count of [1, 20]) this.#clients.push(new CheckingClient(member, count));
    return member;
  }

  /** A process that gives IDs. */
  async serving(env?: Record<string, string>): Promise<Member> {
    const member = await this.member(env);
    await member.start();
    await this.untilServing(member);
    return member;
  }

  async untilServing(member: Member): Promise<void> {
    await waitUntil(`${member.name} to give IDs`, async () => (await ask(member)).status === 200, 30_000);
    await waitUntil(`${member.name}'s clients to have some`, () =>
      this.#of(member).every(each => each.ledger.size > 0),
    );
  }

  /** More IDs for every client of the member. */
  async untilMoreIds(member: Member): Promise<void> {
    const clients = this.#of(member);
    const before = clients.map(each => each.ledger.size);
    await waitUntil('more IDs', () => clients.every((each, i) => each.ledger.size > before[i]! + 10));
  }

  /** How often the member's clients were refused, by status and code. */
  refusalsOf(member: Member): Map<string, number> {
    const all = new Map<string, number>();
    for (const { refusals } of this.#of(member)) {
      for (const [why, calls] of refusals) all.set(why, (all.get(why) ?? 0) + calls);
    }
    return all;
  }

  /** As `refusalsOf`, but for those of a start, which the clients do not wait for. */
  refusalsSinceReady(member: Member): string[] {
    return [...this.refusalsOf(member).keys()].filter(each => !each.endsWith(' NOT_READY'));
  }

  /** What the member's clients got from one of its incarnations. */
  idsOf(member: Member, incarnation: number): bigint[] {
    return this.#of(member).flatMap(({ ledger, starts }) => {
      const at = starts.findIndex(each => each.incarnation === incarnation);
      return at === -1 ? [] : [...ledger.ids.subarray(starts[at]!.from, starts[at + 1]?.from)];
    });
  }

  /** The slot of a worker ID, and its node's stat. */
  async slotOf(workerId: number) {
    const { names } = await this.#witness.getChildren(this.node('forever'));
    const name = names.find(each => Number(each.slice(-10)) === workerId);
    if (name === undefined) throw new Error(`worker ID ${workerId} has no node`);
    const { data, stat } = await this.#witness.getData(this.node(`forever/${name}`));
    return { ...decodeSlot(workerId, stat.version, data), stat };
  }

  /** The ephemeral node of a worker ID; undefined while no session holds it. */
  signOfLife(workerId: number): Promise<NodeStat | undefined> {
    return this.#witness.exists(this.node(`live/${workerId}`));
  }

  #of(member: Member): readonly CheckingClient[] {
    return this.#clients.filter(each => each.member === member);
  }

  async #tidy(): Promise<void> {
    // A test that failed may have left the server frozen.
    await this.server.resume();
    for (const { proxy, service } of this.#members) {
      proxy.pass();
      service.signal('SIGCONT');
    }
    await Promise.all(this.#members.map(each => each.end('SIGKILL')));
    await Promise.all(this.#clients.map(each => each.stop()));
    const duplicates = duplicatesIn(this.#clients.map(each => each.ledger));
    const overlaps = overlapsIn(this.#clients, this.#workerBits);
    const complaints = [...this.#clients, ...this.#members].flatMap(each => each.complaints);
    const asked = this.#clients.length > 0;
    const given = this.#clients.reduce((sum, each) => sum + each.ledger.size, 0);
    const warnings = this.#members.flatMap(each =>
      each.service.errors.filter(line => !line.startsWith('clock offset')),
    );
    await Promise.all(this.#members.map(each => each.remove()));
    this.#members.length = 0;
    this.#clients.length = 0;
    await this.#witness.close();
    expect({ duplicates, overlaps, complaints, warnings }).toEqual({
      duplicates: [],
      overlaps: [],
      complaints: [],
      warnings: [],
    });
    expect(asked && given === 0).toBe(false);
  }
}

/** One call for an ID. */
export function ask(member: Member): Promise<Answer> {
  return member.service.get('/id/snowflake');
}

/** The problem of a refused call; undefined when there was an ID. */
export async function refusalOf(member: Member) {
  const { status, text, headers } = await ask(member);
  if (status === 200) return undefined;
  const { code, detail } = JSON.parse(text) as { code: string; detail: string };
  return { status, code, detail, retryAfterS: Number(headers['retry-after']) };
}

/** Waits until calls are refused with `code`; the problem. */
export function untilRefused(member: Member, code: string) {
  return waitUntil(`${member.name} to refuse with ${code}`, async () => {
    const refusal = await refusalOf(member);
    return refusal?.code === code && refusal;
  });
}

export async function viewOf(member: Member): Promise<SnowflakeView> {
  return JSON.parse((await member.service.get('/status')).text).snowflake;
}

/** Waits until one more renewal is acknowledged. */
export async function untilRenewed(member: Member): Promise<void> {
  const { acknowledged } = (await viewOf(member)).renewals;
  await waitUntil('a renewal', async () => (await viewOf(member)).renewals.acknowledged > acknowledged);
}

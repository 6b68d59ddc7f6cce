import type { Slot, SlotLayout } from '../../../src/stores/slot-store.ts';
import { makeTree } from '../../../src/stores/slots/init-zookeeper.ts';
import { ZookeeperSlotStore } from '../../../src/stores/slots/zookeeper.ts';
import { decodeSlot, slotPrefix, workerIdOf } from '../../../src/stores/slots/zookeeper-slot.ts';
import type { ZookeeperClient } from '../../../src/stores/zookeeper/zookeeper-port.ts';
import { ZookeeperSession } from '../../../src/stores/zookeeper/zookeeper-session.ts';
import { realSystem } from '../../../src/system/system.ts';
import type { Agenda } from '../agenda.ts';
import { T0_MS } from '../machine.ts';
import { ObservedStore } from '../observed-store.ts';
import { OP_TIMEOUT_MS } from '../plan.ts';
import type { Prng } from '../prng.ts';
import type { Applied, Reach, ReachParts, SimStore } from '../sim-store.ts';
import type { Tally } from '../tally.ts';
import type { Weather } from '../weather.ts';
import { CREATE_MODE, SimDriverClient } from './driver.ts';
import { type Committed, Leader, type Session } from './leader.ts';
import { Network } from './network.ts';
import { Operator } from './operator.ts';
import { Server } from './server.ts';
import type { Znode } from './znodes.ts';

export interface EnsembleParts {
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly tally: Tally;
  readonly layout: SlotLayout;
  readonly sessionMs: number;
  readonly applied: (change: Applied) => void;
  readonly createdTwice: (by: string) => void;
  /** Whether a process with this name lives. */
  readonly lives: (name: string) => boolean;
  /** Put between an adapter and its session. */
  readonly wrapClient: (client: ZookeeperClient, prng: Prng, timeMs: () => number) => ZookeeperClient;
}

const TREE = 'simulated';
const ROOT = `/snowflake/${TREE}`;
const FOREVER = `${ROOT}/forever/`;
const LIVE = `${ROOT}/live/`;
const SERVERS = 3;

/** A ZooKeeper ensemble with one tree of worker slots, reached by the real adapter over the real session. */
export class Ensemble implements SimStore {
  readonly servers: readonly Server[];
  readonly #parts: EnsembleParts;
  readonly #leader: Leader;
  #floorMs = 0;
  #treesMade = 0;
  readonly #creations = new Set<string>();

  constructor(parts: EnsembleParts) {
    this.#parts = parts;
    const { agenda, tally, lives } = parts;
    this.#leader = new Leader(agenda, tally, {
      committed: changes => this.#committed(changes),
      expired: ({ owner }: Session) => {
        if (lives(owner)) tally.add('session expired under a living process');
      },
    });
    this.servers = Array.from({ length: SERVERS }, () => new Server({ ...parts, leader: this.#leader }));
    this.makeTree(0);
  }

  get slots(): readonly Slot[] {
    return [...this.#leader.nodes].flatMap(([path, node]) => slotOf(path, node) ?? []);
  }

  get workerIdsMade(): number {
    return this.#leader.nodes.get(FOREVER.slice(0, -1))?.creations ?? 0;
  }

  get floorMs(): number {
    return this.#floorMs;
  }

  get hasTree(): boolean {
    return this.#leader.nodes.has(`${ROOT}/layout`);
  }

  get #treeId(): string {
    return `tree${this.#treesMade}`;
  }

  get offsetMs(): number {
    return this.#leader.offsetMs;
  }

  set offsetMs(offsetMs: number) {
    this.#leader.offsetMs = offsetMs;
  }

  get downUntilMs(): number {
    return this.#leader.downUntilMs;
  }

  set downUntilMs(downUntilMs: number) {
    this.#leader.downUntilMs = downUntilMs;
  }

  get downIsSilent(): boolean {
    return this.#leader.downIsSilent;
  }

  set downIsSilent(downIsSilent: boolean) {
    this.#leader.downIsSilent = downIsSilent;
  }

  holderOf(workerId: number): string | undefined {
    const owner = this.#leader.nodes.get(`${LIVE}${workerId}`)?.ephemeralOwner;
    return owner === undefined ? undefined : (this.#leader.sessionOf(owner)?.owner ?? 'nobody');
  }

  /** Some of them: the leader takes them for dead. */
  expireSessions(): void {
    for (const session of this.#leader.sessions) if (this.#parts.prng.chance(0.5)) this.#leader.expire(session);
  }

  /** All servers lose their clients for the time of an election. */
  changeLeader(electionMs: number, offsetMs: number): void {
    this.#parts.tally.add('leader changed');
    this.#leader.change(offsetMs);
    this.#leader.downUntilMs = Math.max(this.downUntilMs, this.#parts.agenda.nowMs + electionMs);
    this.#leader.downIsSilent = false;
    for (const server of this.servers) server.dropClients();
  }

  snapshot(): (floorMs: number) => void {
    const { zxid } = this.#leader;
    return floorMs => {
      this.#leader.goBack(zxid);
      for (const server of this.servers) {
        server.dropClients();
        server.forget();
      }
      this.deleteTree();
      this.makeTree(floorMs);
    };
  }

  deleteTree(): void {
    this.#leader.remove(ROOT);
  }

  /** `frond init`. Whoever makes it anew has to know a floor that nobody's timestamps have reached. */
  makeTree(floorMs: number): void {
    this.#floorMs = floorMs;
    this.#treesMade++;
    const token = () => this.#treeId;
    const system = { ...realSystem, random: { ...realSystem.random, token } };
    // All of it happens now: nothing here has to be waited for.
    void makeTree(new Operator(this.#leader), TREE, this.#parts.layout, system, { floorMs });
  }

  heal(): void {
    Object.assign(this, { downUntilMs: 0, offsetMs: 0 });
    for (const server of this.servers) server.hungUntilMs = 0;
  }

  reach(parts: ReachParts): Reach {
    const { agenda, tally, sessionMs, wrapClient } = this.#parts;
    const { user, system, prng } = parts;
    const first = prng.int(0, SERVERS - 1);
    const network = new Network({
      ...{ ...this.#parts, ...parts, name: user.name },
      // Each process is told of them in another order.
      servers: [...this.servers.slice(first), ...this.servers.slice(0, first)],
      prng: prng.fork(),
      after: (delayMs, run) => void system.timers.after(delayMs, run),
      deliver: run => user.deliver(run),
    });
    const driver = {
      createClient: () => new SimDriverClient(network, sessionMs),
      CreateMode: CREATE_MODE,
      ACL: { OPEN_ACL_UNSAFE: [], CREATOR_ALL_ACL: [] },
    };
    const servers = this.servers.map((_, i) => `s:${i}`);
    const session = new ZookeeperSession({
      address: { servers, tree: TREE, credentials: undefined, name: 'simulated:' },
      ...{ system, timeoutMs: OP_TIMEOUT_MS, sessionTimeoutMs: sessionMs },
      load: async () => driver,
    });
    const client = wrapClient(session, prng.fork(), () => T0_MS + agenda.nowMs);
    const store = new ZookeeperSlotStore({ client, tree: TREE, logger: system.logger });
    const doom = () => agenda.after(prng.exponential(4), () => user.doom());
    return { store: new ObservedStore(store, parts, tally, doom), died: () => network.died() };
  }

  /** Within a session it is known whether a creation took effect, by asking in the right order. */
  #createdOnce(by: string, creation: string): void {
    if (this.#creations.has(creation)) this.#parts.createdTwice(by);
    this.#creations.add(creation);
  }

  #committed(changes: readonly Committed[]): void {
    let isRenewal = false;
    for (const { by, sessionId, path, before, after } of changes) {
      const slot = after && slotOf(path, after);
      // What is lifted from version 0 is written with the data that it had.
      if (slot === undefined || before?.data.equals(after!.data)) continue;
      const replaced = before && slotOf(path, before);
      // Made by somebody who takes this for the tree before it: it has to find out, and is judged by what it then uses.
      if (before === undefined && !path.startsWith(FOREVER + slotPrefix(slot.data.owner, this.#treeId))) {
        continue;
      }
      if (before === undefined) this.#createdOnce(by, `${this.#treeId} ${sessionId} ${slot.data.token}`);
      const isClaim = replaced?.data.token !== slot.data.token;
      isRenewal ||= !isClaim;
      if (isClaim && replaced?.data.state === 'held') this.#parts.tally.add('slot of a dead session taken over');
      this.#parts.applied({ by, isClaim, before: replaced, after: slot });
    }
    const makesLive = changes.some(({ path, before, after }) => path.startsWith(LIVE) && !before && after);
    if (isRenewal && makesLive) this.#parts.tally.add('live node made again');
  }
}

function slotOf(path: string, node: Znode): Slot | undefined {
  const workerId = path.startsWith(FOREVER) ? workerIdOf(path) : undefined;
  return workerId === undefined ? undefined : decodeSlot(workerId, node.version, node.data);
}

/** Real processes and a real ZooKeeper under load and faults; what every client got is compared at the end. */
import { resolveConfig } from '../../src/config.ts';
import { reasonOf } from '../../src/errors.ts';
import { initZookeeper } from '../../src/stores/slots/init-zookeeper.ts';
import { realSystem } from '../../src/system/system.ts';
import { Prng } from '../sim/prng.ts';
import { CheckingClient } from '../support/checking-client.ts';
import { duplicatesIn } from '../support/id-ledger.ts';
import { Member } from '../support/member.ts';
import type { ZookeeperServer } from '../support/servers/local-server.ts';
import type { FaultKind } from './faults.ts';
import { Storm } from './storm.ts';

const PROCESSES = 5;
const COUNTS = [1, 50];
/** Few worker IDs, so that they are taken over all the time. */
const WORKER_BITS = 4;
const ENV = { FROND_WORKER_BITS: String(WORKER_BITS), FROND_ALLOWANCE_MS: '8000' };

export interface ChaosOptions {
  /** Running; it is tormented, and runs again at the end. */
  readonly server: ZookeeperServer;
  readonly seed: number;
  /** How long faults are drawn. */
  readonly seconds: number;
  /** Ends the faults early. */
  readonly end?: AbortSignal;
}

export interface ChaosReport {
  /** IDs. */
  readonly attempted: number;
  readonly acknowledged: number;
  readonly duplicated: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly skippedFaults: number;
  /** Calls by status and code. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly starts: number;
  /** The longest that a process needed to serve again at the end. */
  readonly recoveryMs: number;
  /** Empty when every promise was kept. */
  readonly failures: readonly string[];
  /** The last log lines of every process, where there are failures. */
  readonly story: readonly string[];
}

/** Runs it once. @throws Error when the processes do not even start */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { server, seed } = options;
  const tree = `chaos${process.pid}-${seed}`;
  const { epochMs, timeBits, sequenceBits } = resolveConfig({});
  await initZookeeper(
    `${server.url}/${tree}`,
    { epochMs, timeBits, workerBits: WORKER_BITS, sequenceBits },
    realSystem,
  );
  const members: Member[] = [];
  try {
    for (let i = 0; i < PROCESSES; i++) members.push(await Member.create(`process ${i}`, server, tree, ENV));
    await Promise.all(members.map(each => each.start()));
    await Promise.all(members.map(each => each.recover()));
    return await torment(options, members);
  } finally {
    await Promise.all(members.map(each => each.remove()));
  }
}

async function torment(options: ChaosOptions, members: readonly Member[]): Promise<ChaosReport> {
  const { server, seed, seconds, end = new AbortController().signal } = options;
  const clients = members.flatMap(member => COUNTS.map(count => new CheckingClient(member, count)));
  const storm = new Storm(members, server);
  const failures: string[] = [];
  const fail = (error: unknown) => failures.push(reasonOf(error));
  await storm.rage(new Prng(seed), seconds, end).catch(fail);
  const recoveries = await Promise.allSettled(members.map(each => each.recover()));
  for (const each of recoveries) if (each.status === 'rejected') fail(each.reason);
  // A process that never recovers may hold calls; its end frees them.
  if (failures.length > 0) await Promise.all(members.map(each => each.service.end('SIGKILL')));
  await Promise.all(clients.map(each => each.stop()));
  return report(members, clients, storm, failures, recoveries);
}

function report(
  members: readonly Member[],
  clients: readonly CheckingClient[],
  storm: Storm,
  failures: readonly string[],
  recoveries: readonly PromiseSettledResult<number>[],
): ChaosReport {
  const sum = (each: (client: CheckingClient) => number) => clients.reduce((total, client) => total + each(client), 0);
  const refusals = new Map<string, number>();
  for (const client of clients) {
    for (const [why, calls] of client.refusals) refusals.set(why, (refusals.get(why) ?? 0) + calls);
  }
  const twice = duplicatesIn(clients.map(each => each.ledger));
  const all = [
    ...twice.slice(0, 20).map(id => `${id} was given more than once, by ${giversOf(id, clients)}`),
    ...clients.flatMap(each => each.complaints.slice(0, 10)),
    ...members.flatMap(each => each.complaints),
    ...failures,
  ];
  return {
    attempted: sum(each => each.attempted),
    acknowledged: sum(each => each.ledger.size),
    duplicated: twice.length,
    faults: storm.struck,
    skippedFaults: storm.skipped,
    refusals,
    starts: members.reduce((total, each) => total + each.incarnation, 0),
    recoveryMs: Math.max(0, ...recoveries.map(each => (each.status === 'fulfilled' ? each.value : 0))),
    failures: all,
    story: all.length === 0 ? [] : members.flatMap(each => each.story(60)),
  };
}

function giversOf(id: bigint, clients: readonly CheckingClient[]): string {
  return clients
    .filter(each => each.ledger.ids.includes(id))
    .map(each => each.name)
    .join(' and ');
}

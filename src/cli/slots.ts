import { releaseSlot } from '../allocators/snowflake/slot-release.ts';
import { readWorkers } from '../allocators/snowflake/worker-views.ts';
import type { WorkerView } from '../allocators/worker-directory.ts';
import { workerJson } from '../allocators/worker-json.ts';
import type { Config } from '../config.ts';
import { FrondError } from '../errors.ts';
import type { SlotStore } from '../stores/slot-store.ts';
import { openSlotStore, slotsDirectoryOf } from '../stores/slots/open.ts';
import { cliSystem as system } from './cli-system.ts';
import { requireSlotStore } from './existing-store.ts';
import { tellStore } from './tell-store.ts';
import { textFields, textTable } from './text-table.ts';

/** Answers are for standard output: JSON, or text for people. */
export async function listSlots(config: Config, json: boolean): Promise<string> {
  const views = await inStore(config, store => readWorkers(store, system.clock.wallMs()));
  return json ? JSON.stringify(views.map(workerJson), null, 2) : table(views);
}

/** @throws FrondError UNKNOWN_WORKER */
export async function showSlot(config: Config, workerId: number, json: boolean): Promise<string> {
  return inStore(config, store => shown(store, workerId, json));
}

/** @throws FrondError UNKNOWN_WORKER, SLOT_IN_USE */
export async function releaseSlotById(
  config: Config,
  workerId: number,
  force: boolean,
  json: boolean,
): Promise<string> {
  const aheadMs = config.lookaheadMs + config.skewLimitMs;
  return inStore(config, async store => {
    await releaseSlot(store, workerId, system, { force, aheadMs });
    return shown(store, workerId, json);
  });
}

async function shown(store: SlotStore, workerId: number, json: boolean): Promise<string> {
  const views = await readWorkers(store, system.clock.wallMs());
  const view = views.find(each => each.workerId === workerId);
  if (view === undefined) throw new FrondError('UNKNOWN_WORKER', { workerId, store: store.name });
  const shownAs = workerJson(view);
  if (json) return JSON.stringify(shownAs, null, 2);
  return textFields({ ...shownAs, owner: ownerText(view) });
}

/** Looks, and makes nothing: a store that does not exist is an error. */
async function inStore<T>(config: Config, work: (store: SlotStore) => Promise<T>): Promise<T> {
  requireSlotStore(config);
  const { epochMs, timeBits, workerBits, sequenceBits, workerSlots } = config;
  if (slotsDirectoryOf(config) === undefined && isFixed(workerSlots)) {
    const problem = `${JSON.stringify(workerSlots)} keeps no records to look at`;
    throw new FrondError('INVALID_CONFIG', { setting: '--worker-slots', problem });
  }
  const store = (await openSlotStore(config, system))!;
  tellStore(store);
  try {
    await store.open({ epochMs, timeBits, workerBits, sequenceBits });
    return await work(store);
  } finally {
    await store.close();
  }
}

function isFixed(workerSlots: string): boolean {
  return workerSlots.startsWith('static:') || workerSlots.startsWith('statefulset:');
}

function ownerText({ owner }: WorkerView): string {
  return `${owner.host}${owner.port === null ? '' : `:${owner.port}`} (pid ${owner.pid})`;
}

function table(views: readonly WorkerView[]): string {
  const rows = views.map(view => {
    const { workerId, state, renewals, bound, free, why, freeAt } = workerJson(view);
    const when = freeAt === null ? why : `${why}; free at ${freeAt}`;
    return [String(workerId), state, free ? 'yes' : 'no', String(renewals), bound, ownerText(view), when];
  });
  return textTable([['worker', 'state', 'free', 'renewals', 'bound', 'owner', 'why'], ...rows]);
}

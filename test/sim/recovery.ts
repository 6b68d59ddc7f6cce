import type { FrondError } from '../../src/errors.ts';
import type { Checker } from './checker.ts';
import type { Life } from './life.ts';
import {
  FORWARD_CONFIRM_MS,
  OP_TIMEOUT_MS,
  type Plan,
  RENEW_INTERVAL_MS,
  ROLLBACK_LIMIT_MS,
  START_WAIT_MAX_MS,
} from './plan.ts';
import type { SimStore } from './sim-store.ts';

/** An opening of the store without an answer is waited for twice. */
const OPENING_MS = 2 * START_WAIT_MAX_MS;
/** What is under way on a disk when the weather clears is not lost but late. */
const STUCK_DISK_MS = 30_000;

/** The pauses before a connection, and before a session, that are made anew after many failures. */
const RECONNECT_MS = 1000 + 5000;

/** When the last fault is over, a process serves after so long, or says what holds it. */
export function graceMsOf({ zookeeper, provesDeath, places, sessionMs }: Plan): number {
  const renewalsMs = 3 * RENEW_INTERVAL_MS;
  const graceMs = START_WAIT_MAX_MS + sessionMs + renewalsMs + FORWARD_CONFIRM_MS + OPENING_MS;
  return (
    graceMs + (provesDeath || places !== 'none' ? STUCK_DISK_MS : 0) + (zookeeper ? 1.5 * sessionMs + RECONNECT_MS : 0)
  );
}

/** What a process says was true so long ago at most: at its last tick, and we asked a while ago. */
const OLD_NEWS_MS = 3 * RENEW_INTERVAL_MS;
/** The greatest time between two attempts to claim. */
const CLAIM_RETRY_MAX_MS = 5000;
/** The greatest time from the loss of a worker ID to the answer to the next claim, in fair weather. */
const FENCED_MAX_MS = OP_TIMEOUT_MS + RENEW_INTERVAL_MS;
/** Waits longer than this are believed and not waited for. */
const WAIT_MAX_MS = 120_000;

/** What a process's account of itself is held against. */
export interface Judged {
  readonly checker: Checker;
  readonly server: SimStore;
  readonly plan: Plan;
}

/** What a process said when it gave no ID. */
interface Told {
  readonly error: FrondError;
  /** Of the worker ID that it held at that moment; null for none. */
  readonly floorMs: number | null;
  /** How long before it had lost one; ms of true time. */
  readonly lostAgoMs: number;
}

/**
 * Why a process that does not serve says it does not; undefined when that is not true. What is checked are its numbers
 * against what only the world knows.
 * @returns how long it has to wait by its own account; ms
 */
function judge(
  life: Life,
  { error, floorMs: toldFloorMs, lostAgoMs }: Told,
  { checker, server, plan }: Judged,
): number | undefined {
  const { ledger, machine } = life;
  const wallMs = machine.wallMs();
  const near = (toldMs: number, trueMs: number) => Math.abs(toldMs - trueMs) <= OLD_NEWS_MS;
  switch (error.code) {
    case 'CLOCK_BACKWARDS': {
      const { behindMs } = (error as FrondError<'CLOCK_BACKWARDS'>).details;
      return behindMs > ROLLBACK_LIMIT_MS && ledger.lastMs - wallMs <= behindMs ? error.retryAfterMs : undefined;
    }
    case 'CLOCK_BEHIND': {
      const { behindMs, workerId, waitMaxMs } = (error as FrondError<'CLOCK_BEHIND'>).details;
      const claim = ledger.claims.get(workerId);
      // Across a change of worker a process starts above what it used itself.
      const floorMs = Math.max((claim && checker.floorOf(workerId, claim.token)) ?? 0, ledger.lastMs);
      // It may have tried for this worker ID before its holder gave it back at a lower mark.
      const triedMs = checker.greatestMarkOf(workerId);
      // With proof it starts above what the records say, which may be more than what was given.
      const claimedMs = (claim && checker.claimedMarkOf(workerId, claim.token)) ?? 0;
      const told = (trueFloorMs: number) => near(behindMs, trueFloorMs + 1 - wallMs);
      return behindMs > waitMaxMs && (told(floorMs) || told(triedMs) || told(claimedMs)) ? behindMs : undefined;
    }
    case 'NOT_READY': {
      // Who waited for its clock has only just found out that its slot went with the tree.
      if (toldFloorMs === null) return plan.faults.has('treeLoss') && lostAgoMs <= FENCED_MAX_MS ? 0 : undefined;
      // The last part of a long wait is silent, as is a short one; it may be over by now, and the slot be lost.
      const behindMs = toldFloorMs + 1 - wallMs;
      return behindMs > -OLD_NEWS_MS && behindMs <= START_WAIT_MAX_MS ? Math.max(0, behindMs) : undefined;
    }
    case 'NO_FREE_SLOT': {
      const pool = 2 ** plan.options.workerBits;
      const slots = server.slots.filter(({ workerId }) => workerId < pool);
      const isTaken = (workerId: number, boundMs: number) =>
        server.holderOf(workerId) !== undefined || boundMs >= wallMs - CLAIM_RETRY_MAX_MS;
      const allTaken =
        server.workerIdsMade >= pool && slots.every(({ workerId, data }) => isTaken(workerId, data.boundMs));
      return allTaken ? Number.POSITIVE_INFINITY : undefined;
    }
    default:
      return undefined;
  }
}

/** Lets each process serve or explain itself; `wait` lets true time pass. */
export async function checkRecovery(
  lives: () => Life[],
  around: Judged,
  wait: (forMs: number) => Promise<void>,
): Promise<void> {
  const { checker } = around;
  const waits: { life: Life; waitMs: number; told: string }[] = [];
  for (const life of lives()) {
    const told = await refusalOf(life, wait);
    if (told === undefined) continue;
    const { error } = told;
    const waitMs = judge(life, told, around);
    if (waitMs === undefined) {
      checker.fail('liveness', `${life.name} does not serve, and says: ${error.code} ${error.message}`);
      return;
    }
    if (waitMs <= WAIT_MAX_MS) waits.push({ life, waitMs, told: error.message });
  }
  if (waits.length === 0) return;
  await wait(Math.max(...waits.map(({ waitMs }) => waitMs)) + 3 * RENEW_INTERVAL_MS);
  for (const { life, told } of waits) {
    const now = await refusalOf(life, wait);
    // Who waits for its clock does not look at its slot; when the tree is another one by then, it finds out now.
    const mayHaveLostIt = around.plan.faults.has('treeLoss');
    // By now it has claimed anew: who keeps losing its slot does not go on for ever.
    if (
      now !== undefined &&
      !(mayHaveLostIt && judge(life, { ...now, lostAgoMs: Number.POSITIVE_INFINITY }, around) !== undefined)
    ) {
      checker.fail('truth', `${life.name} said: ${told}; that time is over, and it says: ${now.error.message}`);
    }
  }
}

/** Tries as a patient caller would. */
async function refusalOf(life: Life, wait: (forMs: number) => Promise<void>): Promise<Told | undefined> {
  if (life.mint()) return undefined;
  let told: Told | undefined;
  life.allocator
    .source()
    .next()
    .catch((error: FrondError) => {
      // At once: a moment later the same process may be somewhere else.
      told = { error, floorMs: life.allocator.status().floorMs, lostAgoMs: life.lostAgoMs };
    });
  await wait(RENEW_INTERVAL_MS + 100);
  return told;
}

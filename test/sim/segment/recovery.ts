import type { FrondError } from '../../../src/errors.ts';
import { ID_MAX } from '../../../src/stores/range-store.ts';
import type { SegmentChecker } from './checker.ts';
import type { SimDatabase } from './database.ts';
import type { SegmentLife } from './life.ts';
import type { SegmentPlan } from './plan.ts';
import type { SimRegister } from './register.ts';

/** Fair weather for so long, and then everybody serves: more than the longest pause of a gate or of a primary. */
export const GRACE_MS = 8000;
const TRY_MS = 3000;
const AGAIN_MS = 100;

export interface SegmentJudged {
  readonly checker: SegmentChecker;
  readonly plan: SegmentPlan;
  readonly databases: readonly SimDatabase[];
  readonly register: SimRegister;
  readonly lives: () => readonly SegmentLife[];
  readonly wait: (forMs: number) => Promise<void>;
}

/**
 * Each process gives an ID of each tag, or says what is true: its row went back, it is retired, or its numbers are used up. Then an
 * operator does what the refusals say, and all serve.
 */
export async function checkSegmentRecovery(around: SegmentJudged): Promise<void> {
  const { checker, plan, databases, wait } = around;
  for (const { life, tag, refusal } of await refusals(around)) {
    if (!isTrue(refusal, life, tag, around)) {
      return checker.fail('liveness', `${life.name} gives no ${tag}, and says: ${refusal.code} ${refusal.message}`);
    }
  }
  for (const tag of plan.tags.keys()) {
    for (const database of databases) {
      const top = checker.topOf(tag);
      database.edit(tag, row => ({ ...row, stepIds: row.stepIds || 10, maxId: top > row.maxId ? top : row.maxId }));
    }
  }
  await wait(GRACE_MS);
  for (const { life, tag, refusal } of await refusals(around)) {
    if (refusal.code === 'RANGE_EXHAUSTED' && isTrue(refusal, life, tag, around)) continue;
    checker.fail('liveness', `${life.name} gives no raised ${tag}, and says: ${refusal.code} ${refusal.message}`);
  }
}

interface Refusal {
  readonly life: SegmentLife;
  readonly tag: string;
  readonly refusal: FrondError;
}

async function refusals({ plan, lives, wait }: SegmentJudged): Promise<readonly Refusal[]> {
  const open = new Map<string, Refusal>();
  for (const life of lives()) {
    for (const tag of plan.tags.keys()) {
      askPatiently(life, tag, TRY_MS, refusal => open.set(`${life.name} ${tag}`, { life, tag, refusal }));
    }
  }
  await wait(TRY_MS + 500);
  return [...open.values()];
}

/** Where too many wait at the moment, it tries again. */
function askPatiently(life: SegmentLife, tag: string, leftMs: number, told: (refusal: FrondError) => void): void {
  const again = (refusal: FrondError) => {
    if (refusal.code !== 'TOO_MANY_WAITERS' || leftMs <= AGAIN_MS) return told(refusal);
    life.host.system.timers.after(AGAIN_MS, () => askPatiently(life, tag, leftMs - AGAIN_MS, told));
  };
  life.ask(tag, leftMs, refusal => refusal && again(refusal));
}

/** Checked against what only the world knows. */
function isTrue(refusal: FrondError, life: SegmentLife, tag: string, around: SegmentJudged): boolean {
  const { plan, databases, register } = around;
  if (refusal.code === 'SEGMENT_REWOUND') {
    const { tag: rewound, start, highWater } = (refusal as FrondError<'SEGMENT_REWOUND'>).details;
    // A primary is left out as a whole.
    if (rewound !== tag && plan.primaries === 1) return false;
    const { told, raisedTo } = life.ledger.tag(rewound);
    const known = told > raisedTo ? told : raisedTo;
    const isBehind = databases.some(database => database.calmMaxIdOf(rewound) < highWater);
    return !plan.keeps && start < highWater && highWater <= known && isBehind;
  }
  // By an operator whose call took that long.
  if (refusal.code === 'UNKNOWN_TAG') return databases.some(database => database.row(tag)?.stepIds === 0);
  if (refusal.code !== 'RANGE_EXHAUSTED') return false;
  // What a caller or the policy asks for at the most, on the scale of the IDs.
  const most = 600n * BigInt(plan.primaries);
  const ceiling = register.ceilings.table.get(tag)?.value ?? 0n;
  // A process goes on above what it had, also where a row has gone back.
  return [ceiling, life.ledger.tag(tag).told, ...databases.map(database => database.maxIdOf(tag))].some(
    maxId => maxId > ID_MAX - most,
  );
}

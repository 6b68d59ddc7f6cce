import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsOf } from '../../../src/allocators/id-ranges.ts';
import { IdLayout } from '../../../src/allocators/snowflake/id-layout.ts';
import type { Timeline } from '../../../src/allocators/snowflake/timeline.ts';
import { EPOCH_MS, HandClock, SMALL, timelineOf } from './timeline-rig.ts';

const ROLLBACK_LIMIT_MS = 25;

/** What a timeline does, said in the plainest way. */
class NaiveTimeline {
  issued = 0;
  readonly #clock: HandClock;
  readonly #layout = new IdLayout(SMALL);
  #lastId = -1n;
  #lastMs = EPOCH_MS;
  #floorMs = 0;
  #limitMs = 0;
  #workerId = 0;
  #isOpen = false;
  #usedUp = true;
  /** The reading of the clock at which the last ID entered a new millisecond. */
  #steppedAtMs = -1;

  constructor(clock: HandClock) {
    this.#clock = clock;
  }

  open(workerId: number, floorMs: number, limitMs: number): void {
    this.#workerId = workerId;
    this.#floorMs = floorMs;
    this.#limitMs = limitMs;
    this.#isOpen = true;
    this.#usedUp = true;
    this.#steppedAtMs = -1;
    this.#lastMs = Math.max(this.#lastMs, floorMs);
  }

  raise(limitMs: number): void {
    this.#limitMs = Math.max(this.#limitMs, limitMs);
  }

  close(): void {
    this.#isOpen = false;
  }

  /** The time of the next ID, or why there is none. */
  get outlook(): number | string {
    const wallMs = this.#clock.nowMs;
    const aheadMs = this.#lastMs - wallMs;
    if (!this.#isOpen) return 'closed';
    if (aheadMs > ROLLBACK_LIMIT_MS) return 'backwards';
    let timeMs = Math.max(wallMs, this.#lastMs, this.#floorMs);
    if (timeMs === this.#lastMs && this.#usedUp) {
      const mayRunAhead = aheadMs > 0 && aheadMs < ROLLBACK_LIMIT_MS && wallMs !== this.#steppedAtMs;
      if (!mayRunAhead) return 'exhausted';
      timeMs = this.#lastMs + 1;
    }
    return timeMs > this.#limitMs ? 'limit' : timeMs;
  }

  /** An ID came out of the real one. */
  gave(id: bigint): void {
    const { timeMs, workerId, sequence } = this.#layout.decode(id);
    expect(id).toBeGreaterThan(this.#lastId);
    expect(timeMs).toBe(this.outlook);
    expect(workerId).toBe(this.#workerId);
    expect(timeMs).toBeGreaterThan(this.#floorMs);
    expect(timeMs).toBeLessThanOrEqual(this.#limitMs);
    if (timeMs > this.#lastMs) this.#steppedAtMs = this.#clock.nowMs;
    this.#lastId = id;
    this.#lastMs = timeMs;
    this.#usedUp = sequence === this.#layout.maxSequence;
    this.issued++;
  }
}

interface Scene {
  readonly clock: HandClock;
  readonly timeline: Timeline;
  readonly naive: NaiveTimeline;
}

function sceneOf(fraction: number): Scene {
  const clock = new HandClock();
  return {
    clock,
    timeline: timelineOf(SMALL, clock, ROLLBACK_LIMIT_MS, fraction),
    naive: new NaiveTimeline(clock),
  };
}

const moves = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('next' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('many' as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), byMs: fc.integer({ min: -40, max: 40 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), byMs: fc.integer({ min: 0, max: 1 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('raise' as const), byMs: fc.integer({ min: -10, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      workerId: fc.integer({ min: 0, max: 7 }),
      floorMs: fc.integer({ min: -30, max: 30 }),
      windowMs: fc.integer({ min: 0, max: 100 }),
    }),
  },
);
type Move = typeof moves extends fc.Arbitrary<infer T> ? T : never;

function takeIds({ timeline, naive }: Scene, move: Move & { kind: 'next' | 'many' }): void {
  const wanted = move.kind === 'next' ? 1 : move.count;
  const before = { lastMs: timeline.lastMs, issued: timeline.issued };
  const ids =
    move.kind === 'next' ? [timeline.next()].filter(id => id !== undefined) : [...idsOf(timeline.takeMany(move.count))];
  expect(ids.length).toBeLessThanOrEqual(wanted);
  for (const id of ids) naive.gave(id);
  if (ids.length < wanted) expect(naive.outlook).toBe(timeline.lastMiss.kind);
  if (ids.length === 0) expect({ lastMs: timeline.lastMs, issued: timeline.issued }).toEqual(before);
}

function make(scene: Scene, move: Move): void {
  const { clock, timeline, naive } = scene;
  switch (move.kind) {
    case 'clock':
      clock.nowMs += move.byMs;
      break;
    case 'close':
      timeline.close();
      naive.close();
      break;
    case 'raise':
      timeline.raise(clock.nowMs + move.byMs);
      naive.raise(clock.nowMs + move.byMs);
      break;
    case 'open': {
      const floorMs = clock.nowMs + move.floorMs;
      timeline.open(move.workerId, floorMs, floorMs + move.windowMs);
      naive.open(move.workerId, floorMs, floorMs + move.windowMs);
      break;
    }
    default:
      takeIds(scene, move);
  }
}

describe('timeline beside a naive model', () => {
  it('strictly increases, stays within (floor, limit], refuses only with reason, and changes nothing when it refuses', () => {
    const fractions = fc.double({ min: 0, max: 0.999, noNaN: true });
    const property = fc.property(fc.array(moves, { maxLength: 120 }), fractions, (story, fraction) => {
      const scene = sceneOf(fraction);
      const { timeline, naive } = scene;
      for (const move of story) {
        make(scene, move);
        expect(timeline.obstacle()?.kind ?? 'free').toBe(typeof naive.outlook === 'number' ? 'free' : naive.outlook);
        expect(timeline.issued).toBe(naive.issued);
      }
    });
    fc.assert(property, { numRuns: 2000, seed: 20260101 });
  });
});

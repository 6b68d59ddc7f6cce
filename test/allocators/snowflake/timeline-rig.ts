import { IdLayout } from '../../../src/allocators/snowflake/id-layout.ts';
import { Timeline } from '../../../src/allocators/snowflake/timeline.ts';
import type { SlotLayout } from '../../../src/stores/slot-store.ts';
import type { Clock } from '../../../src/system/clock.ts';
import type { Random } from '../../../src/system/random.ts';

export const EPOCH_MS = 1_700_000_000_000;
export const T0_MS = 1_790_000_000_000;
export const SMALL: SlotLayout = { epochMs: EPOCH_MS, timeBits: 41, workerBits: 3, sequenceBits: 2 };

export class HandClock implements Clock {
  nowMs = T0_MS;
  readings = 0;
  wallMs(): number {
    this.readings++;
    return this.nowMs;
  }
  monotonicMs(): number {
    return 0;
  }
}

export function randomOf(fraction: number): Random {
  return { fraction: () => fraction, token: () => 'token', fill: () => {} };
}

export function timelineOf(layout: SlotLayout, clock: Clock, rollbackLimitMs = 50, fraction = 0): Timeline {
  return new Timeline(new IdLayout(layout), rollbackLimitMs, clock, randomOf(fraction));
}

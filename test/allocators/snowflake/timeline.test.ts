import { beforeEach, describe, expect, it } from 'vitest';
import { IdLayout } from '../../../src/allocators/snowflake/id-layout.ts';
import { Timeline } from '../../../src/allocators/snowflake/timeline.ts';
import type { SlotLayout } from '../../../src/stores/slot-store.ts';
import type { Random } from '../../../src/system/random.ts';
import { EPOCH_MS, HandClock, randomOf, SMALL, T0_MS, timelineOf } from './timeline-rig.ts';

describe('timeline', () => {
  let clock: HandClock;
  let layout: IdLayout;

  beforeEach(() => {
    clock = new HandClock();
    layout = new IdLayout(SMALL);
  });

  describe('an ID', () => {
    it('is the time, the worker and the sequence, by every layout', () => {
      for (const bits of [
        { timeBits: 41, workerBits: 10, sequenceBits: 12 },
        { timeBits: 41, workerBits: 4, sequenceBits: 18 },
        { timeBits: 41, workerBits: 0, sequenceBits: 22 },
        { timeBits: 38, workerBits: 1, sequenceBits: 1 },
        { timeBits: 40, workerBits: 16, sequenceBits: 7 },
        { timeBits: 31 + 8, workerBits: 4, sequenceBits: 4 },
      ]) {
        const wide = { epochMs: EPOCH_MS, ...bits };
        const own = new IdLayout(wide);
        const timeline = timelineOf(wide, clock, 50, 0.5);
        timeline.open(own.maxWorkerId, T0_MS - 1, T0_MS + 1000);
        const first = timeline.next()!;
        const decoded = own.decode(first);
        expect([decoded.timeMs, decoded.workerId]).toEqual([T0_MS, own.maxWorkerId]);
        expect(own.compose(T0_MS, own.maxWorkerId, decoded.sequence)).toBe(first);
        const range = timeline.takeMany(1)[0];
        if (range !== undefined) expect(range.start).toBe(first + 1n);
      }
    });

    it('fills the low half of 32 bits up to its highest bit', () => {
      const full: SlotLayout = { epochMs: 0, timeBits: 31, workerBits: 11, sequenceBits: 21 };
      clock.nowMs = 2 ** 31 - 2;
      const own = new IdLayout(full);
      const timeline = new Timeline(own, 50, clock, randomOf(0.999999));
      timeline.open(2047, 0, 2 ** 31);
      const id = timeline.next()!;
      expect(own.decode(id)).toEqual({ timeMs: 2 ** 31 - 2, workerId: 2047, sequence: 99 });
      const ranges = timeline.takeMany(2 ** 21 - 100);
      expect(ranges).toHaveLength(1);
      expect(own.decode(ranges[0]!.end)).toEqual({ timeMs: 2 ** 31 - 2, workerId: 2047, sequence: 2 ** 21 - 1 });
    });

    it('never has the time of the floor or below', () => {
      const timeline = timelineOf(SMALL, clock);
      timeline.open(1, T0_MS + 5, T0_MS + 1000);
      expect(timeline.next()).toBe(layout.compose(T0_MS + 6, 1, 0));
    });
  });

  describe('the sequence', () => {
    it('starts at a random small number in each millisecond, so that low bits are even', () => {
      const wide = { epochMs: EPOCH_MS, timeBits: 41, workerBits: 10, sequenceBits: 12 };
      let state = 0.5;
      const random: Random = {
        ...randomOf(0),
        fraction: () => {
          state = (state * 997.1 + 0.137) % 1;
          return state;
        },
      };
      const own = new IdLayout(wide);
      const timeline = new Timeline(own, 50, clock, random);
      timeline.open(7, T0_MS - 1, T0_MS + 1e6);
      const counts = new Array<number>(4).fill(0);
      let highest = 0;
      for (let i = 0; i < 4000; i++) {
        clock.nowMs++;
        const { sequence } = own.decode(timeline.next()!);
        counts[sequence % 4]!++;
        highest = Math.max(highest, sequence);
      }
      expect(highest).toBeGreaterThan(90);
      expect(highest).toBeLessThan(100);
      for (const count of counts) expect(count).toBeGreaterThan(800);
    });

    it('starts at 0 after a full millisecond, so that full load loses nothing', () => {
      const timeline = timelineOf(SMALL, clock, 50, 0.99);
      timeline.open(1, T0_MS - 1, T0_MS + 1000);
      expect(timeline.takeMany(100).length).toBe(1);
      clock.nowMs++;
      expect(timeline.takeMany(100)).toEqual([
        { start: layout.compose(T0_MS + 1, 1, 0), end: layout.compose(T0_MS + 1, 1, 3), step: 1n },
      ]);
      clock.nowMs += 2;
      expect(layout.decode(timeline.next()!).sequence).toBe(0);
      clock.nowMs += 1;
      expect(layout.decode(timeline.next()!).sequence).toBe(1);
    });

    it('waits for the next millisecond when it is used up, without changing anything', () => {
      const timeline = timelineOf(SMALL, clock);
      timeline.open(1, T0_MS - 1, T0_MS + 1000);
      expect(timeline.takeMany(10)[0]?.end).toBe(layout.compose(T0_MS, 1, 3));
      for (let i = 0; i < 3; i++) expect(timeline.next()).toBeUndefined();
      expect(timeline.lastMiss).toEqual({ kind: 'exhausted', byMs: 0 });
      expect(timeline.obstacle()?.kind).toBe('exhausted');
      clock.nowMs++;
      expect(timeline.obstacle()).toBeUndefined();
      expect(timeline.next()).toBe(layout.compose(T0_MS + 1, 1, 0));
    });
  });

  describe('a clock that went back', () => {
    it('is absorbed at the last time used, up to the limit', () => {
      const timeline = timelineOf(SMALL, clock, 50);
      timeline.open(1, T0_MS - 100, T0_MS + 1000);
      const before = timeline.next()!;
      clock.nowMs = T0_MS - 50;
      expect(timeline.next()).toBe(before + 1n);
      expect(timeline.absorbedRollbackMs).toBe(50);
    });

    it('is refused beyond the limit, counted from the last time used, and recovers alone', () => {
      const timeline = timelineOf({ ...SMALL, sequenceBits: 8 }, clock, 50);
      const own = new IdLayout({ ...SMALL, sequenceBits: 8 });
      timeline.open(1, T0_MS - 100, T0_MS + 1000);
      let last = timeline.next()!;
      for (const backMs of [12, 25, 38, 50]) {
        clock.nowMs = T0_MS - backMs;
        const id = timeline.next()!;
        expect(id).toBe(last + 1n);
        last = id;
      }
      clock.nowMs = T0_MS - 51;
      expect(timeline.next()).toBeUndefined();
      expect(timeline.lastMiss).toEqual({ kind: 'backwards', byMs: 51 });
      clock.nowMs = T0_MS + 1;
      const after = timeline.next()!;
      expect(after).toBeGreaterThan(last);
      expect(own.decode(after).timeMs).toBe(T0_MS + 1);
    });

    it('uses up later milliseconds at most as fast as the clock moves', () => {
      const timeline = timelineOf(SMALL, clock, 50);
      timeline.open(1, T0_MS - 100, T0_MS + 1000);
      timeline.takeMany(4);
      clock.nowMs = T0_MS - 20;
      expect(timeline.takeMany(100)).toHaveLength(1);
      expect(timeline.lastMs).toBe(T0_MS + 1);
      expect(timeline.next()).toBeUndefined();
      for (let i = 1; i <= 10; i++) {
        clock.nowMs++;
        timeline.takeMany(100);
        expect(timeline.lastMs - clock.nowMs).toBe(21);
      }
    });
  });

  describe('the limit', () => {
    it('stops minting when a millisecond above it would be entered, and goes on when it is raised', () => {
      const timeline = timelineOf(SMALL, clock);
      timeline.open(1, T0_MS - 1, T0_MS);
      expect(timeline.next()).toBeDefined();
      clock.nowMs = T0_MS + 3;
      expect(timeline.next()).toBeUndefined();
      expect(timeline.lastMiss).toEqual({ kind: 'limit', byMs: 3 });
      timeline.raise(T0_MS + 2);
      expect(timeline.next()).toBeUndefined();
      timeline.raise(T0_MS + 3);
      expect(timeline.next()).toBe(layout.compose(T0_MS + 3, 1, 0));
      timeline.raise(T0_MS - 100);
      expect(timeline.next()).toBe(layout.compose(T0_MS + 3, 1, 1));
    });

    it('is felt at once in the middle of a millisecond when the timeline is closed', () => {
      const timeline = timelineOf(SMALL, clock);
      timeline.open(1, T0_MS - 1, T0_MS + 1000);
      expect(timeline.next()).toBeDefined();
      timeline.close();
      expect(timeline.next()).toBeUndefined();
      expect(timeline.takeMany(3)).toEqual([]);
      expect(timeline.lastMiss.kind).toBe('closed');
      expect(timeline.issued).toBe(1);
    });

    it('is the end of the layout at the latest', () => {
      const short: SlotLayout = { epochMs: T0_MS - 10, timeBits: 4, workerBits: 1, sequenceBits: 1 };
      const timeline = timelineOf(short, clock);
      timeline.open(1, 0, T0_MS + 1000);
      clock.nowMs = T0_MS + 5;
      expect(timeline.next()).toBeDefined();
      clock.nowMs = T0_MS + 6;
      expect(timeline.next()).toBeUndefined();
      expect(timeline.lastMiss.kind).toBe('epoch');
    });
  });

  it('never mints the epoch itself or a time before it', () => {
    const young: SlotLayout = { epochMs: T0_MS, timeBits: 41, workerBits: 1, sequenceBits: 1 };
    const timeline = timelineOf(young, clock);
    timeline.open(0, 0, T0_MS + 1000);
    expect(timeline.next()).toBeUndefined();
    clock.nowMs = T0_MS + 1;
    expect(new IdLayout(young).decode(timeline.next()!).timeMs).toBe(T0_MS + 1);
  });

  it('goes on above all it used when it is opened for another worker', () => {
    const timeline = timelineOf(SMALL, clock);
    timeline.open(5, T0_MS - 1, T0_MS + 1000);
    const before = timeline.next()!;
    timeline.close();
    timeline.open(0, T0_MS - 500, T0_MS + 1000);
    expect(timeline.next()).toBeUndefined();
    clock.nowMs++;
    expect(timeline.next()!).toBeGreaterThan(before);
    expect(timeline.issued).toBe(2);
  });

  it('refuses to open for a worker that the layout does not have', () => {
    const timeline = timelineOf(SMALL, clock);
    expect(() => timeline.open(8, 0, T0_MS)).toThrow(RangeError);
    expect(() => timeline.open(-1, 0, T0_MS)).toThrow(RangeError);
    expect(timeline.next()).toBeUndefined();
  });

  it('reads the clock once an ID and once a run of a batch', () => {
    const timeline = timelineOf({ ...SMALL, sequenceBits: 12 }, clock);
    timeline.open(1, T0_MS - 1, T0_MS + 1000);
    timeline.next();
    clock.readings = 0;
    for (let i = 0; i < 10; i++) timeline.next();
    expect(clock.readings).toBe(10);
    timeline.takeMany(1000);
    expect(clock.readings).toBe(11);
  });
});

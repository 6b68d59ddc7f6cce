import { beforeEach, describe, expect, it } from 'vitest';
import { ClockTrust } from '../../../src/allocators/snowflake/clock-trust.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

describe('clock trust', () => {
  let host: VirtualSystem;
  let trust: ClockTrust;

  beforeEach(() => {
    host = new VirtualSystem();
    trust = new ClockTrust(host.clock, { forwardLimitMs: 5000, forwardConfirmMs: 10_000 });
  });

  it('accepts the clock while it moves with the monotonic one, however much time passes', () => {
    for (const ms of [1, 1000, 86_400_000]) {
      host.pause(ms);
      expect(trust.observe()).toBe(host.clock.wallMs());
    }
    expect(trust.driftMs()).toBe(0);
  });

  it('accepts a step ahead up to the limit and not beyond', () => {
    host.stepWall(5000);
    expect(trust.observe()).toBe(host.clock.wallMs());
    host.stepWall(5001);
    expect(trust.observe()).toBeUndefined();
    expect(trust.jumpedMs).toBe(5001);
    expect(trust.driftMs()).toBe(10_001);
  });

  it('accepts a jump that lasted, and only then', () => {
    host.stepWall(60_000);
    trust.observe();
    host.pause(9999);
    expect(trust.observe()).toBeUndefined();
    expect(trust.confirmByTime()).toBe(false);
    host.pause(1);
    expect(trust.confirmByTime()).toBe(true);
    expect(trust.jumpedMs).toBeUndefined();
    expect(trust.observe()).toBe(host.clock.wallMs());
  });

  it('begins to count anew when the clock jumps again', () => {
    host.stepWall(60_000);
    trust.observe();
    host.pause(9000);
    host.stepWall(60_000);
    trust.observe();
    host.pause(9000);
    trust.observe();
    expect(trust.confirmByTime()).toBe(false);
    host.pause(1000);
    expect(trust.confirmByTime()).toBe(true);
  });

  it('forgets a jump that was corrected', () => {
    host.stepWall(60_000);
    trust.observe();
    host.stepWall(-60_000);
    expect(trust.observe()).toBe(host.clock.wallMs());
    expect(trust.jumpedMs).toBeUndefined();
    host.pause(20_000);
    expect(trust.confirmByTime()).toBe(false);
  });

  it('accepts a jump when the store agrees, and not when it does not', () => {
    host.stepWall(60_000);
    trust.observe();
    expect(trust.confirmBySample(host.clock.wallMs() - 60_000)).toBe(false);
    expect(trust.jumpedMs).toBe(60_000);
    expect(trust.confirmBySample(host.clock.wallMs() - 4000)).toBe(true);
    expect(trust.jumpedMs).toBeUndefined();
  });

  it('confirms no jump that was corrected while the store was asked', () => {
    host.stepWall(60_000);
    trust.observe();
    host.stepWall(-60_000);
    expect(trust.confirmBySample(host.clock.wallMs())).toBe(false);
    expect(trust.jumpedMs).toBeUndefined();
    expect(trust.observe()).toBe(host.clock.wallMs());
  });

  it('does not believe by time what the store has contradicted, nor what is above a limit', () => {
    host.stepWall(60_000);
    trust.observe();
    expect(trust.confirmBySample(host.clock.wallMs() - 60_000)).toBe(false);
    host.pause(20_000);
    expect(trust.confirmByTime()).toBe(false);
    // It wanders on.
    host.stepWall(600);
    trust.observe();
    host.pause(20_000);
    expect(trust.confirmByTime()).toBe(false);
    host.stepWall(-60_600);
    expect(trust.observe()).toBe(host.clock.wallMs());
    host.stepWall(60_000);
    trust.observe();
    host.pause(20_000);
    expect(trust.confirmByTime(host.clock.wallMs() - 1)).toBe(false);
    expect(trust.confirmByTime(host.clock.wallMs())).toBe(true);
  });

  it('takes the way back up after a step back for nothing new', () => {
    host.stepWall(-3_600_000);
    expect(trust.observe()).toBe(host.clock.wallMs());
    host.pause(1000);
    trust.observe();
    host.stepWall(3_600_000);
    expect(trust.observe()).toBe(host.clock.wallMs());
  });

  it('follows slow drift either way, so that the limit keeps its meaning', () => {
    for (let i = 0; i < 100; i++) {
      host.pause(1000);
      host.stepWall(-200);
      trust.observe();
    }
    host.stepWall(5001);
    expect(trust.observe()).toBeUndefined();
  });
});

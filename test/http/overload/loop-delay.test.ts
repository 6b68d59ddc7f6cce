import { describe, expect, it } from 'vitest';
import { LoopDelay } from '../../../src/http/overload/loop-delay.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

function opened() {
  const system = new VirtualSystem();
  const delay = new LoopDelay(system);
  delay.start();
  /** One sample, late by so much. */
  const sample = async (lateMs: number) => {
    system.pause(50 + lateMs);
    await system.advance(0);
  };
  return { system, delay, sample };
}

describe('the delay of the event loop', () => {
  it('is what every one of the last samples was late by', async () => {
    const { delay, sample } = opened();
    for (const lateMs of [300, 250, 400, 260]) await sample(lateMs);
    expect(delay.standingMs).toBe(250);
    await sample(500);
    expect(delay.standingMs).toBe(250);
    await sample(500);
    expect(delay.standingMs).toBe(260);
  });

  it('is none after one long piece of work, and none as soon as one sample is in time', async () => {
    const { delay, sample } = opened();
    await sample(5000);
    expect(delay.standingMs).toBe(0);
    for (let i = 0; i < 4; i++) await sample(300);
    expect(delay.standingMs).toBe(300);
    await sample(0);
    expect(delay.standingMs).toBe(0);
  });

  it('takes no more samples when it is stopped, and keeps no process alive', async () => {
    const { system, delay, sample } = opened();
    await sample(10);
    expect(system.pendingTimers).toBe(1);
    expect(system.pendingForegroundTimers).toBe(0);
    delay.stop();
    expect(system.pendingTimers).toBe(0);
  });
});

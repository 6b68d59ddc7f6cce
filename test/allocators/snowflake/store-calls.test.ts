import { beforeEach, describe, expect, it } from 'vitest';
import { StoreCalls } from '../../../src/allocators/snowflake/store-calls.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

describe('store calls', () => {
  let host: VirtualSystem;
  let calls: StoreCalls;

  beforeEach(() => {
    host = new VirtualSystem();
    calls = new StoreCalls('the store', host.clock, host.timers, 100);
  });

  it('pass results and errors through, and leave no timer', async () => {
    await expect(calls.read(async () => 5)).resolves.toBe(5);
    await expect(calls.change(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const throwing = (): Promise<never> => {
      throw new Error('at once');
    };
    await expect(calls.change(throwing)).rejects.toThrow('at once');
    expect(calls.unanswered).toBe(false);
    expect(host.pendingTimers).toBe(0);
  });

  it('end with SLOT_STORE_UNAVAILABLE after the time limit', async () => {
    const read = calls.read(() => new Promise(() => {})).catch((error: unknown) => error);
    await host.advance(100);
    expect(await read).toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE', details: { store: 'the store' } });
  });

  it('let no second change out while one has no answer, and tell its late result', async () => {
    let answer: (value: string) => void = () => {};
    const late: string[] = [];
    const first = calls
      .change(
        () =>
          new Promise<string>(resolve => {
            answer = resolve;
          }),
        value => late.push(value),
      )
      .catch((error: unknown) => error);
    await host.advance(100);
    expect(await first).toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    let sent = 0;
    const send = async () => ++sent;
    await expect(calls.change(send)).rejects.toMatchObject({ code: 'SLOT_STORE_UNAVAILABLE' });
    expect([sent, calls.unanswered]).toEqual([0, true]);
    answer('late');
    await host.settle();
    expect(late).toEqual(['late']);
    await expect(calls.change(send)).resolves.toBe(1);
  });

  it('take a store for hung after four time limits', async () => {
    void calls.change(() => new Promise(() => {})).catch(() => {});
    await host.advance(399);
    expect(calls.unanswered).toBe(true);
    await host.advance(1);
    expect(calls.unanswered).toBe(false);
    await expect(calls.change(async () => 7)).resolves.toBe(7);
  });

  it('tell when nothing is under way, or that one time limit has passed', async () => {
    await calls.settled();
    let answer: () => void = () => {};
    void calls
      .change(
        () =>
          new Promise<void>(resolve => {
            answer = resolve;
          }),
      )
      .catch(() => {});
    let settled = 0;
    void calls.settled().then(() => settled++);
    await host.settle();
    expect(settled).toBe(0);
    answer();
    await host.settle();
    expect(settled).toBe(1);
    void calls.change(() => new Promise(() => {})).catch(() => {});
    void calls.settled().then(() => settled++);
    await host.advance(100);
    await host.settle();
    expect(settled).toBe(2);
  });
});

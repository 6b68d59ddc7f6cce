import { beforeEach, describe, expect, it } from 'vitest';
import { SlowReaders } from '../../../src/http/overload/slow-readers.ts';
import { HttpCounters } from '../../../src/metrics/http-counters.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

const CHUNK_BYTES = 64 * 1024;

class FakeReader {
  bytesWritten = 0;
  writableLength = 0;
  destroyed = false;

  /** As when the last chunk was taken and the next one is handed over. */
  offer(bytes = CHUNK_BYTES): void {
    this.bytesWritten += bytes;
    this.writableLength = bytes;
  }

  destroy(): this {
    this.destroyed = true;
    return this;
  }
}

let system: VirtualSystem;
let counters: HttpCounters;
let readers: SlowReaders;
let reader: FakeReader;

beforeEach(() => {
  system = new VirtualSystem();
  counters = new HttpCounters(system.clock);
  readers = new SlowReaders({}, counters, system.timers);
  reader = new FakeReader();
  readers.begin(reader as never);
});

/** How long the reader is borne with from now on, if it takes nothing more. */
async function patienceS(): Promise<number> {
  for (let s = 0; s < 1000; s++) {
    if (reader.destroyed) return s;
    await system.advance(1000);
  }
  throw new Error('for ever');
}

describe('the reader of a large batch', () => {
  it('has 5 s, and for what is handed to it as long as 16 KiB a second take', async () => {
    reader.offer();
    expect(await patienceS()).toBe(5 + 4);
    expect(counters.readersCut).toBe(1);
  });

  it('is cut off when it goes on more slowly than that', async () => {
    let rounds = 0;
    for (; !reader.destroyed && rounds < 100; rounds++) {
      reader.offer();
      await system.advance(5000);
    }
    // Each second of the five at the beginning makes up for one round.
    expect(rounds).toBe(5);
  });

  it('may go on at that rate for as long as it takes', async () => {
    for (let rounds = 0; rounds < 1000; rounds++) {
      reader.offer();
      await system.advance(4000);
    }
    expect(reader.destroyed).toBe(false);
  });

  it('may take a megabyte at a time, as a kernel tells of slow ones, but saves up a minute at the most', async () => {
    for (let rounds = 0; rounds < 10; rounds++) {
      reader.offer(2 ** 20);
      await system.advance(59_000);
    }
    expect(reader.destroyed).toBe(false);
    reader.offer(2 ** 30);
    expect(await patienceS()).toBe(60);
  });

  it('is not to blame while there is nothing to take, nor while the process is stopped', async () => {
    await system.advance(600_000);
    reader.offer();
    // The look that was due meanwhile counts as one.
    system.pause(600_000);
    await system.advance(0);
    expect(await patienceS()).toBe(5 + 4 - 1);
  });

  it('is watched until the last of its batches is taken, and begins anew with the next', async () => {
    readers.begin(reader as never);
    reader.offer();
    readers.end(reader as never);
    await system.advance(6000);
    readers.end(reader as never);
    await system.advance(600_000);
    expect(system.pendingTimers).toBe(0);
    expect(reader.destroyed).toBe(false);
    readers.begin(reader as never);
    expect(await patienceS()).toBe(5);
  });

  it('that has gone is no more counted', async () => {
    reader.offer();
    await patienceS();
    readers.end(reader as never);
    await system.advance(600_000);
    expect(counters.readersCut).toBe(1);
  });
});

/** Starts on a data directory, uses each of its tags once, and prints what that cost; run with --expose-gc. */
import { createFrond } from '../src/index.ts';
import { systemTimers, type Timers } from '../src/system/timers.ts';

export interface TagsCase {
  readonly startMs: number;
  /** Duration of reading the list of tags, as every refresh does. */
  readonly listMs: number;
  /** Heap after a collection: before the start, after it, and after one ID of each tag. */
  readonly heapBytes: readonly [before: number, started: number, used: number];
  /** Timers of the allocator that wait when every tag was used. */
  readonly timers: number;
}

let pending = 0;

function counted(timer: Timers['after']): Timers['after'] {
  return (delayMs, callback) => {
    pending++;
    let waits = true;
    const ended = () => {
      if (waits) pending--;
      waits = false;
    };
    const cancel = timer(delayMs, () => {
      ended();
      callback();
    });
    return () => {
      ended();
      cancel();
    };
  };
}

async function heapBytes(): Promise<number> {
  await new Promise(resolve => setImmediate(resolve));
  for (let i = 0; i < 3; i++) globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

const dataDir = process.argv[2];
const timers: Timers = { after: counted(systemTimers.after), background: counted(systemTimers.background) };
const before = await heapBytes();
const startedMs = performance.now();
const frond = await createFrond({ dataDir, workerSlots: 'off', system: { timers } });
const startMs = performance.now() - startedMs;
const started = await heapBytes();
const listedMs = performance.now();
let names = (await frond.tags.listTags()).map(({ tag }) => tag);
const listMs = performance.now() - listedMs;
for (const name of names) await frond.segment(name).next();
names = [];
const used = await heapBytes();
const result: TagsCase = { startMs, listMs, heapBytes: [before, started, used], timers: pending };
console.log(JSON.stringify(result));
await frond.close();

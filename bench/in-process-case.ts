/** Measures one case and prints nanoseconds per ID: the best of several rounds after a warm-up. */
import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { createFrond, type Frond, type FrondOptions } from '../src/index.ts';

type Loop = (count: number) => void | Promise<void>;

const WIDE = { workerBits: 4, sequenceBits: 18 };
const MEMORY: FrondOptions = { segmentStore: 'memory:', workerSlots: 'memory:', stepMaxIds: 2 ** 31 - 1 };

let sink: unknown;

async function frondLoop(options: FrondOptions, make: (frond: Frond) => Loop | Promise<Loop>): Promise<Loop> {
  const frond = await createFrond({ ...MEMORY, ...options });
  return make(frond);
}

/** A source with a range wide enough for the whole measurement. */
async function wideSegment(frond: Frond) {
  await frond.tags.putTag('bench', { stepIds: 2 ** 30, maxId: 2n ** 40n });
  const source = frond.segment('bench');
  await source.next();
  return source;
}

const CASES: Readonly<Record<string, () => Promise<Loop>>> = {
  'floor: bigBase + BigInt(offset)': async () => {
    const base = 2n ** 40n;
    let offset = 0;
    return count => {
      for (let i = 0; i < count; i++) sink = base + BigInt(offset++ & 0x3fffffff);
    };
  },
  // As with bigints every ID leaves the loop, which costs a number above 2^31 an allocation.
  'floor: base + offset, each kept': async () => {
    const base = 2 ** 40;
    let offset = 0;
    return count => {
      for (let i = 0; i < count; i++) sink = base + (offset++ & 0x3fffffff);
    };
  },
  // The counter that anybody would write: a closure over a number above 2^31.
  'floor: a bare counter, the last kept': async () => {
    let counter = 2 ** 40;
    const next = () => counter++;
    return count => {
      let last = 0;
      for (let i = 0; i < count; i++) last = next();
      sink = last;
    };
  },
  'floor: await a resolved bigint': async () => {
    const base = 2n ** 40n;
    let offset = 0;
    const next = () => Promise.resolve(base + BigInt(offset++));
    return async count => {
      for (let i = 0; i < count; i++) sink = await next();
    };
  },
  // The cap of the layout itself: nothing can be faster.
  'floor: 4,096 IDs a millisecond': async () => () => {},
  'floor: Date.now()': async () => count => {
    for (let i = 0; i < count; i++) sink = Date.now();
  },
  'floor: crypto.randomUUID()': async () => count => {
    for (let i = 0; i < count; i++) sink = randomUUID();
  },
  'floor: crypto.randomUUIDv7()': async () => count => {
    for (let i = 0; i < count; i++) sink = randomUUIDv7();
  },
  'segment tryNext (bigint)': () =>
    frondLoop({}, async frond => {
      const source = await wideSegment(frond);
      return count => {
        for (let i = 0; i < count; i++) sink = source.tryNext();
      };
    }),
  'segment tryNextNumber, each kept': () =>
    frondLoop({}, async frond => {
      const source = await wideSegment(frond);
      return count => {
        for (let i = 0; i < count; i++) sink = source.tryNextNumber();
      };
    }),
  'segment tryNextNumber, the last kept': () =>
    frondLoop({}, async frond => {
      const source = await wideSegment(frond);
      return count => {
        let last: number | undefined;
        for (let i = 0; i < count; i++) last = source.tryNextNumber();
        sink = last;
      };
    }),
  'segment await next': () =>
    frondLoop({}, async frond => {
      const source = await wideSegment(frond);
      return async count => {
        for (let i = 0; i < count; i++) sink = await source.next();
      };
    }),
  'segment nextMany(1000), per ID': () =>
    frondLoop({}, async frond => {
      const source = await wideSegment(frond);
      return async count => {
        for (let i = 0; i < count; i += 1000) sink = await source.nextMany(1000);
      };
    }),
  'snowflake tryNext, 41/10/12': () => snowflakeLoop({}),
  'snowflake tryNext, 41/4/18': () => snowflakeLoop(WIDE),
  'snowflake nextMany(1000), 41/4/18, per ID': () =>
    frondLoop(WIDE, ({ snowflake }) => async count => {
      for (let i = 0; i < count; i += 1000) sink = await snowflake.nextMany(1000);
    }),
  'uuid v7': () => frondLoop({}, ({ uuid }) => uuidLoop(uuid)),
  'uuid v4': () => frondLoop({}, ({ uuidV4 }) => uuidLoop(uuidV4)),
};

function uuidLoop(source: Frond['uuid']): Loop {
  return count => {
    for (let i = 0; i < count; i++) sink = source.tryNext();
  };
}

/** A caller in a tight loop takes undefined for an answer and asks again, as an embedded caller would. */
function snowflakeLoop(options: FrondOptions): Promise<Loop> {
  return frondLoop(options, ({ snowflake }) => count => {
    for (let i = 0; i < count; i++) {
      let id = snowflake.tryNext();
      while (id === undefined) id = snowflake.tryNext();
      sink = id;
    }
  });
}

const name = process.argv[2] ?? '';
const ROUNDS = 3;
const TARGET_MS = 150;

/** Counts that take about TARGET_MS, found by doubling. The loop must yield now and then: renewals need the event loop. */
async function nsPerId(loop: Loop): Promise<number> {
  let count = 1000;
  let best = Number.POSITIVE_INFINITY;
  for (let rounds = 0; rounds < ROUNDS; ) {
    await new Promise(resolve => setImmediate(resolve));
    const start = performance.now();
    await loop(count);
    const elapsed = performance.now() - start;
    if (elapsed < TARGET_MS) {
      count *= 2;
      continue;
    }
    best = Math.min(best, (elapsed * 1e6) / count);
    rounds++;
  }
  return best;
}

const make = CASES[name];
if (make === undefined) throw new Error(`no case ${JSON.stringify(name)}`);
const result = name === 'floor: 4,096 IDs a millisecond' ? 1e6 / 4096 : await nsPerId(await make());
if (sink === 'never') console.log(sink);
console.log(result);
process.exit(0);

import type { Allocator, AllocatorState, IdRange, IdSource, WaitOptions } from '../../src/allocators/allocator.ts';
import type { DecodedId, Decoder } from '../../src/allocators/snowflake/decoded-id.ts';
import type { TagDirectory } from '../../src/allocators/tag-directory.ts';
import type { WorkerDirectory, WorkerView } from '../../src/allocators/worker-directory.ts';
import { FrondError } from '../../src/errors.ts';

/** What a fake does instead of giving IDs. */
interface Mood {
  /** Thrown by every call; `tryNext` gives undefined. */
  refusal?: unknown;
  /** Waits end only by their signal. */
  hang?: boolean;
}

/** Numbers from 1000 up, one counter per source; says how many were taken and which waits were aborted. */
export class FakeSource implements IdSource {
  readonly kind: 'segment' | 'snowflake';
  readonly mood: Mood;
  upcoming = 1000n;
  waiting = 0;
  aborted = 0;

  constructor(kind: 'segment' | 'snowflake', mood: Mood) {
    this.kind = kind;
    this.mood = mood;
  }

  get taken(): bigint {
    return this.upcoming - 1000n;
  }

  tryNext(): bigint | undefined {
    if (this.mood.refusal !== undefined || this.mood.hang) return undefined;
    return this.upcoming++;
  }

  async next(options?: WaitOptions): Promise<bigint> {
    await this.#wait(options);
    return this.upcoming++;
  }

  async nextMany(count: number, options?: WaitOptions): Promise<readonly IdRange[]> {
    await this.#wait(options);
    const start = this.upcoming;
    this.upcoming += BigInt(count);
    return [{ start, end: this.upcoming - 1n, step: 1n }];
  }

  /** Copies its options, as an allocator may. */
  async #wait(options?: WaitOptions): Promise<void> {
    const { signal } = { ...options };
    if (this.mood.refusal !== undefined) throw this.mood.refusal;
    if (!this.mood.hang) return;
    this.waiting += 1;
    await new Promise<void>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        this.waiting -= 1;
        this.aborted += 1;
        reject(new FrondError('ABORTED', {}));
      });
    });
  }
}

class FakeAllocator {
  readonly kind: 'segment' | 'snowflake';
  readonly mood: Mood = {};
  readonly sources = new Map<string, FakeSource>();
  state: AllocatorState = 'ready';

  constructor(kind: 'segment' | 'snowflake') {
    this.kind = kind;
  }

  source(tag = ''): FakeSource {
    let source = this.sources.get(tag);
    if (source === undefined) {
      source = new FakeSource(this.kind, this.moodOf(tag));
      this.sources.set(tag, source);
    }
    return source;
  }

  protected moodOf(_tag: string): Mood {
    return this.mood;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
  /** The core that the API document promises, and a figure that JSON numbers cannot hold. */
  status(): object {
    const { kind, state } = this;
    return { kind, state, store: 'fake:', failure: null, issued: '0', highWater: 2n ** 62n };
  }
}

type TagRecord = Awaited<ReturnType<TagDirectory['getTag']>>;

/** Knows the tag `order` from the beginning, and those that were put. */
export class FakeSegment extends FakeAllocator implements Allocator, TagDirectory {
  readonly records = new Map<string, TagRecord>();

  constructor() {
    super('segment');
    this.records.set('order', {
      tag: 'order',
      maxId: 2n ** 60n,
      stepIds: 1000,
      description: 'orders',
      updatedAtMs: 1_700_000_000_123,
    });
  }

  override status(): object {
    return { ...super.status(), storeFailure: null, knownTags: this.records.size, tags: [] };
  }

  protected override moodOf(tag: string): Mood {
    const { mood, records } = this;
    return {
      get refusal() {
        return mood.refusal ?? (records.has(tag) ? undefined : new FrondError('UNKNOWN_TAG', { tag }));
      },
      get hang() {
        return mood.hang ?? false;
      },
    };
  }

  async listTags(): Promise<readonly TagRecord[]> {
    return [...this.records.values()];
  }

  async getTag(tag: string): Promise<TagRecord> {
    const record = this.records.get(tag);
    if (record === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    return record;
  }

  async putTag(tag: string, change: Parameters<TagDirectory['putTag']>[1]) {
    const old = this.records.get(tag);
    if (change.mustCreate && old !== undefined) throw new FrondError('TAG_EXISTS', { tag });
    const maxId = change.maxId ?? old?.maxId ?? 1n;
    if (old !== undefined && maxId < old.maxId) {
      throw new FrondError('TAG_WOULD_REWIND', { tag, maxId, currentMaxId: old.maxId });
    }
    const description = change.description === undefined ? (old?.description ?? null) : change.description;
    const record = { tag, maxId, stepIds: change.stepIds, description, updatedAtMs: null };
    this.records.set(tag, record);
    return { record, created: old === undefined };
  }

  async patchTag(tag: string, patch: Parameters<TagDirectory['patchTag']>[1]) {
    const { stepIds } = await this.getTag(tag);
    return (await this.putTag(tag, { stepIds, ...patch })).record;
  }

  async retireTag(tag: string): Promise<void> {
    await this.getTag(tag);
    this.records.delete(tag);
  }
}

/** Decodes by Leaf's layout: 41 bits of time, 10 of worker, 12 of sequence. */
export class FakeSnowflake extends FakeAllocator implements Allocator, Decoder, WorkerDirectory {
  readonly workers: WorkerView[] = [];

  constructor() {
    super('snowflake');
  }

  override status(): object {
    const layout = { epochMs: 1_288_834_974_657, timeBits: 41, workerBits: 10, sequenceBits: 12 };
    return { ...super.status(), keeper: 'holding', reason: null, workerId: 0, layout, waiters: 0 };
  }

  async listWorkers(): Promise<readonly WorkerView[]> {
    if (this.mood.refusal !== undefined) throw this.mood.refusal;
    return this.workers;
  }

  decode(id: bigint): DecodedId {
    if (id >= 2n ** 63n) {
      throw new FrondError('INVALID_ARGUMENT', { field: 'id', value: id, expected: '0 to 2^63 - 1' });
    }
    const timeMs = Number(id >> 22n) + 1_288_834_974_657;
    return { timeMs, workerId: Number((id >> 12n) & 1023n), sequence: Number(id & 4095n) };
  }
}

/** UUIDs that count up. */
export class FakeUuids implements Allocator<string, readonly string[]> {
  readonly kind = 'uuid';
  readonly state = 'ready';
  taken = 0;

  source(version = 'v7'): IdSource<string, readonly string[]> {
    const make = () => `00000000-0000-${version.slice(1)}000-8000-${String(this.taken++).padStart(12, '0')}`;
    return {
      kind: 'uuid',
      tryNext: make,
      next: async () => make(),
      nextMany: async count => Array.from({ length: count }, make),
    };
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
  status(): object {
    return { state: this.state };
  }
}

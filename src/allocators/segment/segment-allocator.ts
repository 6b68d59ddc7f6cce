import { type ErrorCode, FrondError, toFrondError } from '../../errors.ts';
import { LatencyHistogram } from '../../metrics/latency-histogram.ts';
import type { RangeStore, StoreHealth, TagChange, TagPatch, TagRecord } from '../../stores/range-store.ts';
import type { System } from '../../system/system.ts';
import type { Allocator, AllocatorState, IdRange, WaitOptions } from '../allocator.ts';
import { StoreTags } from '../store-tags.ts';
import type { TagDirectory } from '../tag-directory.ts';
import { requireTagName } from '../tag-name.ts';
import type { TagSelection } from '../tag-selection.ts';
import { deadlineOf } from '../wait.ts';
import { RefreshTimer } from './refresh-timer.ts';
import { RetryGate } from './retry-gate.ts';
import type { SegmentKeeper } from './segment-keeper.ts';
import type { SegmentOptions } from './segment-options.ts';
import { type KeeperDirectory, SegmentSource } from './segment-source.ts';
import type { TagStats } from './segment-stats.ts';
import { type SegmentStatus, statusOfTag, sumOfTags } from './segment-status.ts';
import { selectTags } from './select-tags.ts';
import { TagLookup } from './tag-lookup.ts';
import { preloadTags } from './tag-preload.ts';
import { type SegmentTotals, type StoreContact, TagRoster } from './tag-roster.ts';

export interface SegmentAllocatorParts {
  readonly store: RangeStore;
  readonly system: System;
  readonly options: SegmentOptions;
}

/**
 * IDs from number ranges that a database hands out, and the directory of their tags.
 *
 * - new: gives nothing; `start` leads on.
 * - starting: the store is opened and the list of tags read.
 * - ready: so it stays, whatever happens to the store: each tag goes on with what it has, and its calls say what ails.
 * - refusing: the store could not be reached since `start`; tried again until it is.
 * - stopping, stopped: gives nothing, for good.
 */
export class SegmentAllocator implements Allocator, TagDirectory, KeeperDirectory {
  readonly kind = 'segment';
  /** Durations of the fetches of all tags, whatever their outcome. */
  readonly fetchLatency = new LatencyHistogram();
  /** Calls of `next` and `nextMany` that ended with an error, by its code. */
  readonly refusals: Partial<Record<ErrorCode, number>> = {};
  readonly #store: RangeStore;
  readonly #system: System;
  readonly #options: SegmentOptions;
  readonly #tags: StoreTags;
  readonly #roster: TagRoster;
  readonly #lookup: TagLookup;
  readonly #contactGate: RetryGate;
  readonly #refreshTimer: RefreshTimer;
  readonly #sources = new Map<string, SegmentSource>();
  #state: AllocatorState = 'new';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #preloading: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #opened = false;
  /** True from a reading of the list that failed, and was told of, until the next that does not. */
  #isUnread = false;

  constructor({ store, system, options }: SegmentAllocatorParts) {
    this.#store = store;
    this.#system = system;
    this.#options = options;
    this.#tags = new StoreTags(store);
    this.#refreshTimer = new RefreshTimer(system, options.tagRefreshMs, () => this.#refreshInBackground());
    const onSilence = () => this.#refreshTimer.silent();
    this.#roster = new TagRoster({ store, system, options, fetchLatency: this.fetchLatency, onSilence });
    // Who asks while the store is being opened waits for that.
    const getTag = (tag: string) => Promise.resolve(this.#starting).then(() => store.getTag(tag));
    this.#lookup = new TagLookup({ getTag }, system, options.maxWaiters, this.#roster);
    this.#contactGate = new RetryGate(system);
  }

  get state(): AllocatorState {
    return this.#state;
  }

  /** Need not be kept: for a live tag it costs one look-up in a map. @throws FrondError INVALID_ARGUMENT (tag name) */
  source(tag?: string): SegmentSource {
    return this.#sources.get(tag as string) ?? this.#newSource(tag);
  }

  keeperOf(tag: string): SegmentKeeper | undefined {
    return this.#state === 'ready' ? this.#roster.keeperOf(tag) : undefined;
  }

  async lookUpAndTake(tag: string, count: number, wait: WaitOptions | undefined): Promise<readonly IdRange[]> {
    const { clock } = this.#system;
    const endMs = clock.monotonicMs() + deadlineOf(wait, this.#options.waitDeadlineMs);
    if (this.#state !== 'starting') this.#requireServing();
    const refusal = this.#state === 'refusing' ? this.#contactGate.dated() : undefined;
    if (refusal !== undefined) throw refusal;
    const record = await this.#lookup.find(tag, endMs - clock.monotonicMs(), wait);
    this.#requireServing();
    if (!this.#roster.has(tag)) this.#roster.learn(record);
    const keeper = this.#roster.keeperOf(tag);
    if (keeper === undefined) throw new FrondError('UNKNOWN_TAG', { tag });
    return keeper.take(count, { ...wait, deadlineMs: Math.max(0, endMs - clock.monotonicMs()) });
  }

  refused(error: unknown): never {
    const { code } = toFrondError(error);
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
    throw error;
  }

  /** Resolves when tags can be used or the store failed, and tags to be preloaded are, or `waitDeadlineMs` has passed. */
  async start(): Promise<void> {
    if (this.#stopping !== undefined) throw this.#notReady();
    this.#starting ??= this.#begin();
    await this.#starting;
    await this.#preloading;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async listTags(): Promise<readonly TagRecord[]> {
    this.#requireServing();
    return this.#tags.listTags();
  }

  async getTag(tag: string): Promise<TagRecord> {
    this.#requireServing();
    return this.#tags.getTag(tag);
  }

  /** A new step counts from the next fetch on; a raised maxId at once: buffered IDs below it are dropped. */
  async putTag(tag: string, change: TagChange): Promise<{ readonly record: TagRecord; readonly created: boolean }> {
    this.#requireServing();
    const result = await this.#tags.putTag(tag, change);
    this.#roster.learn(result.record, change.maxId !== undefined);
    return result;
  }

  /** Takes effect as a change by `putTag` does. */
  async patchTag(tag: string, patch: TagPatch): Promise<TagRecord> {
    this.#requireServing();
    const record = await this.#tags.patchTag(tag, patch).catch(error => this.#forget(tag, error));
    this.#roster.learn(record, patch.maxId !== undefined);
    return record;
  }

  /** Buffered IDs of the tag die with it. */
  async retireTag(tag: string): Promise<void> {
    this.#requireServing();
    await this.#tags.retireTag(tag).catch(error => this.#forget(tag, error));
    this.#roster.drop(tag, new FrondError('UNKNOWN_TAG', { tag }));
  }

  /** Figures of each tag that was used since the start, for the metrics. */
  tagStats(): readonly TagStats[] {
    return this.#roster.stats();
  }

  /** Sums that never fall, also when tags are retired. */
  totals(): SegmentTotals {
    return this.#roster.totals();
  }

  /** Whether the store answers. */
  storeContact(): StoreContact {
    return this.#roster.contact();
  }

  /** What the store knows of its own trustworthiness. */
  storeHealth(): StoreHealth {
    return this.#store.health?.() ?? { risks: [] };
  }

  /** Looks at every tag that was used: some milliseconds where ten thousand are. */
  status(selection?: TagSelection): SegmentStatus {
    const all = this.#roster.stats();
    const { issuedIds, ...totals } = this.#roster.totals(all);
    const { shown, omitted } = selectTags(all, selection);
    return {
      kind: this.kind,
      state: this.#state,
      store: this.#store.name,
      failure: this.#contactGate.error?.code ?? null,
      storeFailure: this.#roster.contact().failure ?? null,
      knownTags: this.#roster.size,
      issued: String(issuedIds),
      ...totals,
      health: this.storeHealth(),
      used: sumOfTags(all),
      tags: shown.map(statusOfTag),
      tagsOmitted: omitted,
    };
  }

  /** Passes an error of the store on; a tag that the store does not know is known no longer. */
  #forget(tag: string, error: unknown): never {
    if (error instanceof FrondError && error.code === 'UNKNOWN_TAG') this.#roster.drop(tag, error);
    throw error;
  }

  #newSource(tag: string | undefined): SegmentSource {
    if (tag !== undefined && this.#roster.has(tag)) {
      const source = new SegmentSource(tag, this);
      this.#sources.set(tag, source);
      return source;
    }
    return new SegmentSource(requireTagName(tag), this);
  }

  async #begin(): Promise<void> {
    this.#state = 'starting';
    try {
      await this.#contact();
    } catch (cause) {
      if (this.#stopping !== undefined) return;
      const error = toFrondError(cause);
      if (!error.retryable) {
        this.#state = 'new';
        this.#starting = undefined;
        throw error;
      }
      this.#state = 'refusing';
      this.#isUnread = true;
      this.#system.logger.warn({ code: error.code, reason: error.message }, 'the range store cannot be used yet');
      this.#contactGate.failed(error, () => this.#refreshInBackground());
    }
  }

  /** Opens the store and reads its tags; from then on reads them again every `tagRefreshMs`. */
  async #contact(): Promise<void> {
    if (!this.#opened) await this.#store.open();
    this.#opened = true;
    this.#roster.beginListing();
    const records = await this.#store.listTags().catch((error: unknown) => {
      this.#roster.listingFailed(toFrondError(error));
      throw error;
    });
    if (this.#stopping !== undefined) return;
    this.#roster.applyListing(records);
    if (this.#isUnread) this.#system.logger.info({ store: this.#store.name }, 'the list of tags is read again');
    this.#isUnread = false;
    for (const tag of this.#sources.keys()) if (!this.#roster.has(tag)) this.#sources.delete(tag);
    this.#contactGate.reset();
    this.#state = 'ready';
    this.#preloading ??= preloadTags(this.#roster, this.#system, this.#options);
    this.#refreshTimer.begin(false);
  }

  #refreshInBackground(): void {
    this.#refreshing = this.#contact().catch(cause => {
      if (this.#stopping !== undefined) return;
      const error = toFrondError(cause);
      const level = this.#isUnread ? 'debug' : 'warn';
      this.#isUnread = true;
      this.#system.logger[level]({ code: error.code, reason: error.message }, 'the list of tags could not be read');
      if (this.#state === 'ready') this.#refreshTimer.begin(true);
      else this.#contactGate.failed(error, () => this.#refreshInBackground());
    });
  }

  async #end(): Promise<void> {
    this.#state = 'stopping';
    this.#refreshTimer.end();
    this.#contactGate.reset();
    const error = this.#notReady();
    this.#lookup.end(error);
    await Promise.allSettled([this.#roster.end(error), this.#lookup.idle, this.#refreshing, this.#starting]);
    await this.#roster.giveBack();
    await this.#store.close();
    this.#state = 'stopped';
  }

  #requireServing(): void {
    if (this.#state !== 'ready' && this.#state !== 'refusing') throw this.#notReady();
  }

  #notReady(): FrondError {
    return new FrondError('NOT_READY', { kind: this.kind, state: this.#state });
  }
}

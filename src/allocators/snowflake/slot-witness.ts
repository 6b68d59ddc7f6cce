import { reasonOf } from '../../errors.ts';
import type { ProofRecord, SlotProof } from '../../stores/slot-proof.ts';
import type { Slot, SlotLayout } from '../../stores/slot-store.ts';
import type { Logger } from '../../system/logger.ts';
import type { KeeperStats } from './keeper-stats.ts';
import type { ClaimPath } from './slot-choice.ts';
import type { StoreCalls } from './store-calls.ts';

export interface SlotWitnessParts {
  /** Undefined where nothing is kept on this host, or the slot store itself proves death. */
  readonly proof: SlotProof | undefined;
  /** Calls to the proof: none of them may keep anything waiting for ever. */
  readonly calls: StoreCalls;
  /** How long the place is waited for: a start without it leaves the last worker ID to rest until its bound; ms. */
  readonly openWaitMs: number;
  /** `SlotStore.name` and the layout, which the record of another store does not share. */
  readonly store: string;
  readonly layout: SlotLayout;
  /** A start may go on from the record alone (S12): nothing is used that it does not cover. */
  readonly offlineStart: boolean;
  readonly stats: KeeperStats;
  readonly logger: Logger;
}

/** The marks of a claim: how far it may be used by the clock, and by the slot store. */
export interface WitnessMarks {
  readonly token: string;
  readonly version: number;
  readonly hwmMs: number;
  readonly boundMs: number;
}

/**
 * This host's record of the slot that its process holds. It is written ahead of use, as the slot is; whoever has its
 * lock next knows its writer dead, and starts above what the two records say, not above the bound (P1 to P4).
 *
 * What is covered is what a successor starts above (I4): with the slot read, the greater one of both marks.
 * Nothing here throws: without a usable record there is no proof, and a successor starts above the bound.
 */
export class SlotWitness {
  readonly #parts: SlotWitnessParts;
  /** What the last holder of our place left; undefined from our first claim on. */
  #inherited: ProofRecord | undefined;
  /** The last record that was written, or tried; undefined before. */
  #record: ProofRecord | undefined;
  #coveredMs = 0;
  #opened = false;
  #survived = false;
  #failure: string | undefined;
  #raising = false;

  constructor(parts: SlotWitnessParts) {
    this.#parts = parts;
  }

  /** True when a successor may find a record of the present claim. */
  get testifies(): boolean {
    return this.#record !== undefined;
  }

  /** The greatest timestamp that the record on disk vouches for; 0 before the first; Unix ms. */
  get coveredMs(): number {
    return this.#coveredMs;
  }

  /** The number of the last durable record, which the slot's own must not pass. */
  get renewal(): number {
    return this.#record?.renewal ?? 0;
  }

  /** True when a record was found that an earlier process wrote here: this place outlives processes. */
  get survived(): boolean {
    return this.#survived;
  }

  /** Why the last write failed; undefined when it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Looks, once, for what the last holder of a place on this host has left. */
  async open(): Promise<void> {
    const { proof, calls, openWaitMs, stats, logger, store } = this.#parts;
    if (proof === undefined || this.#opened) return;
    try {
      const read = await calls.read(() => proof.open(), openWaitMs);
      this.#opened = true;
      if (read.status === 'found') {
        this.#survived = true;
        this.#inherited = read.value;
      } else {
        stats.proofs[read.status]++;
      }
      if (read.status === 'damaged') logger.warn({ record: proof.name, reason: read.reason }, 'proves nothing');
    } catch (error) {
      stats.proofs.unreadable++;
      logger.warn(
        { record: proof.name, store, reason: reasonOf(error) },
        'nothing can be kept on this host: after a crash the worker ID rests until its bound',
      );
    }
  }

  /**
   * The greatest timestamp that the holder of `slot` can have used, when it is proven dead; Unix ms. A record with a
   * smaller number than the slot's is an old copy. A claim that may have been made and was not recorded yet has used
   * nothing that the slot does not show.
   */
  provenMs(slot: Slot): number | undefined {
    const left = this.#inherited;
    if (left === undefined || !this.#isOfOurStore(left) || left.workerId !== slot.workerId) return undefined;
    const { token, renewal, hwmMs, state } = slot.data;
    const isIntended = token === left.nextToken && renewal === 0;
    const isLatest = token === left.token && left.renewal >= renewal;
    if (state !== 'held' || !(isIntended || isLatest)) return undefined;
    const isExact = isLatest && left.state !== 'held';
    return isExact ? left.hwmMs : Math.max(left.hwmMs, hwmMs);
  }

  /** The record that a start without the slot store may go on from (S12); undefined when there is none. */
  get resumable(): ProofRecord | undefined {
    const left = this.#inherited;
    if (!this.#parts.offlineStart || left === undefined || !this.#isOfOurStore(left)) return undefined;
    return left.suffices && left.state !== 'given-up' ? left : undefined;
  }

  /**
   * Before a claim with proof: whichever token the slot has afterwards, it is ours (S4).
   * @returns false when the claim must not be made: we shall use what the slot alone covers, and the record that a start
   * may go on from without the slot could not be taken out of use
   */
  async intend(slot: Slot, token: string): Promise<boolean> {
    const left = this.#inherited;
    if (left === undefined) return false;
    const { offlineStart } = this.#parts;
    const { data, version } = slot;
    const known = data.token === left.token ? left : { ...left, token: data.token, renewal: data.renewal, version };
    const hwmMs = Math.max(left.hwmMs, this.provenMs(slot) ?? 0);
    const suffices = left.suffices && offlineStart;
    const intended: ProofRecord = { ...known, hwmMs, nextToken: token, suffices };
    if (!(await this.#write(intended))) return suffices === left.suffices || left.state === 'given-up';
    this.#inherited = intended;
    return true;
  }

  /** S5: the claim is ours. */
  async begin({ workerId, version, data }: Slot, path: ClaimPath): Promise<void> {
    const { proof, store, layout, stats, logger, offlineStart } = this.#parts;
    if (this.#inherited !== undefined) {
      const accepted = path === 'proof' || path === 'offline' || path === 'readBack';
      stats.proofs[accepted ? 'accepted' : 'outdated']++;
      const { workerId: formerId, state } = this.#inherited;
      const isOver = 'the last process here was done with its worker ID, as after a stop: nothing is to be taken over';
      const told = state === 'given-up' ? isOver : 'the record left here is outdated';
      if (!accepted) logger.info({ record: proof?.name, workerId: formerId, state }, told);
    }
    const nextToken = path === 'offline' ? (this.#inherited?.nextToken ?? null) : null;
    this.#inherited = undefined;
    this.#record = undefined;
    this.#coveredMs = 0;
    if (proof === undefined || !this.#opened) return;
    const { token, incarnation, renewal, hwmMs, boundMs } = data;
    const claim: ProofRecord = {
      ...{ store, layout, workerId, version, token, incarnation, renewal, hwmMs, boundMs },
      ...{ nextToken, suffices: offlineStart, state: 'held' },
    };
    this.#record = claim;
    if (await this.#write(claim)) this.#coveredMs = hwmMs;
  }

  /** S7, the local half: persists the mark. One at a time; resolves to true when it is durable and new. */
  async raise({ token, version, hwmMs, boundMs }: WitnessMarks): Promise<boolean> {
    const record = this.#record;
    if (record === undefined || this.#raising) return false;
    this.#raising = true;
    try {
      const raised: ProofRecord = {
        ...record,
        token,
        version,
        // The claim that may have been made turned out to have been: it is the present one.
        nextToken: token === record.nextToken ? null : record.nextToken,
        renewal: record.renewal + 1,
        hwmMs: Math.max(record.hwmMs, Math.min(hwmMs, boundMs)),
        boundMs: Math.max(record.boundMs, boundMs),
      };
      if (!(await this.#write(raised)) || this.#record !== record) return false;
      this.#record = raised;
      this.#coveredMs = raised.hwmMs;
      return true;
    } finally {
      this.#raising = false;
    }
  }

  /**
   * S9, S10: minting has ended for ever at `lastMs`. `given-up` takes away the right to go on without the slot store.
   * True when that is durable, or nothing has to be.
   */
  async end(state: 'parked' | 'given-up', lastMs: number): Promise<boolean> {
    const record = this.#record;
    this.#record = undefined;
    if (record === undefined) return true;
    await this.#parts.calls.settled();
    return this.#write({ ...record, renewal: record.renewal + 1, hwmMs: lastMs, state });
  }

  async close(): Promise<void> {
    const { proof, calls } = this.#parts;
    if (proof !== undefined) await calls.read(() => proof.close()).catch(() => {});
  }

  #isOfOurStore({ store, layout }: ProofRecord): boolean {
    const ours = this.#parts.layout;
    return store === this.#parts.store && JSON.stringify(layout) === JSON.stringify(ours);
  }

  async #write(record: ProofRecord): Promise<boolean> {
    const { proof, calls, stats, logger } = this.#parts;
    if (proof === undefined) return false;
    try {
      await calls.change(() => proof.write(record));
      stats.records.written++;
      if (this.#failure !== undefined) logger.info({ record: proof.name }, 'this host keeps its record again');
      this.#failure = undefined;
      return true;
    } catch (error) {
      stats.records.failed++;
      const reason = reasonOf(error);
      if (this.#failure === undefined) logger.warn({ record: proof.name, reason }, 'this host cannot keep its record');
      this.#failure = reason;
      return false;
    }
  }
}
